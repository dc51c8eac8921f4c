// The part of the page that compares evaluations: tables, and charts of what was swept.

/**
 * A figure with its 95 % interval, where it has one.
 * @typedef {{value: number, low: number|null, high: number|null}} Figure
 * @typedef {{measure: string, score: number, low: number, high: number, records: number}} Measure
 * @typedef {{task: string, complete: boolean, records: number, wanted: number, missing?: string,
 *   measures?: Measure[], mean_of_subtasks?: Measure[], subtasks?: Record<string, Measure[]>,
 *   mean_steps?: number, reward?: Figure, limit?: number, too_long?: number,
 *   fewer_shots?: number}} Task
 * @typedef {{kind: 'scores', name: string, tasks: Task[]}} Scores
 * @typedef {{settings: Record<string, number|string>, tasks: Task[]}} Point
 * @typedef {{kind: 'sweep', name: string, points: Point[]}} Sweep
 * @typedef {{from: number, to: number, loss: Figure, self_loss?: Figure, bound: Figure}} Level
 * @typedef {{kind: 'likelihood', name: string, bound: boolean, texts: number, tokens: number,
 *   nats_per_token: Figure, per_token: Figure, per_word: Figure, bits_per_byte: Figure,
 *   levels: Level[]}} Likelihood
 * @typedef {{step: number, probability: Figure, entropy: Figure, settled: Figure}} Step
 * @typedef {{kind: 'samples', name: string, texts: number, different_texts: number,
 *   distinct: number[], repetition: Figure, words: Figure, steps: Step[],
 *   settle_step: {mean: Figure, half: number, nine_tenths: number}, judge: string,
 *   perplexity: {per_token: Figure, per_word: Figure}|null, outputs: {text: string}[]}} Samples
 * @typedef {Scores|Sweep|Likelihood|Samples} Evaluation
 */

/** Patterns of lines of one colour. */
const kDashes = ['', '7 4', '2 3', '9 3 2 3'];
/** From so many times the lowest value on, a swept setting is drawn along a logarithmic axis. */
const kLogRange = 20;

/** `28.1 (20.1 to 37.8)`, each times `times`. */
function figure_text({ value, low, high }, times = 1) {
  const text = number(value * times);
  if (low === null || high === null) return text;
  return `${text} (${number(low * times)} to ${number(high * times)})`;
}

/** `28.1 % (20.1 to 37.8)`. */
function percent_text({ score, low, high }) {
  const [middle, from, to] = [score, low, high].map((share) => (100 * share).toFixed(1));
  return `${middle} % (${from} to ${to})`;
}

/** A line with error bars through figures. */
const line_of = (name, colour, x, figures, dash = '', times = 1) => ({
  name,
  colour,
  dash,
  x,
  y: figures.map((figure) => figure && figure.value * times),
  low: figures.map((figure) => figure && (figure.low === null ? null : figure.low * times)),
  high: figures.map((figure) => figure && (figure.high === null ? null : figure.high * times)),
});

const measure_figure = ({ score, low, high }) => ({ value: score, low, high });

/** A table that scrolls sideways where the page is narrow. */
function table_of(title, heads, rows) {
  const row = (cell, texts) => html('tr', '', ...texts.map((text) => html(cell, '', text)));
  const table = html('table', '', row('th', heads), ...rows.map((texts) => row('td', texts)));
  return html('section', 'card', html('h2', '', title), html('div', 'wide', table));
}

/** A name with the colour of its lines. */
const named = (name, colour) => html('span', '', dot(colour), name);

/** Different values in the order in which they come. */
const different = (values) => [...new Set(values)];

/** The measures of a task under the names of its rows: its own, then its subtasks'. */
function rows_of(task) {
  const rows = [];
  const add = (name, measures) => {
    for (const measure of measures ?? []) rows.push({ name, measure });
  };
  add(task.task, task.measures);
  add('  mean of subtasks', task.mean_of_subtasks);
  for (const [name, measures] of Object.entries(task.subtasks ?? {})) add(`  ${name}`, measures);
  return rows;
}

/** What has to be known of a task besides its figures, in the words of `tess2 eval`. */
function remarks_on(task) {
  if (!task.complete) return [`no score, ${task.missing}`];
  const some = (count, what) => `${number(count)} of ${number(task.records)} records ${what}`;
  const remarks = [];
  if (task.limit > 0) {
    const first = `the first ${number(task.limit)} records`;
    remarks.push(`a part of the task: ${first}, of each subtask where there are any`);
  }
  if (task.too_long > 0) {
    remarks.push(some(task.too_long, 'left no place for an answer and count as wrong'));
  }
  if (task.fewer_shots > 0) {
    remarks.push(some(task.fewer_shots, 'had room for fewer examples than others'));
  }
  return remarks;
}

const notes = (texts) => different(texts).map((text) => html('p', 'note', text));

/** The remarks on a task, of each evaluation that has it. */
function notes_on(scores, task_name) {
  return notes(
    scores.flatMap(({ name, tasks }) =>
      tasks
        .filter((task) => task.task === task_name)
        .flatMap((task) => remarks_on(task).map((remark) => `${name}: ${remark}`)),
    ),
  );
}

/** A table a task: its measures, and a column an evaluation. */
function score_tables(scores, colour_for) {
  const tasks = different(scores.flatMap((one) => one.tasks.map((task) => task.task)));
  return tasks.map((name) => {
    const columns = scores.flatMap((one) => {
      const task = one.tasks.find((t) => t.task === name && t.complete);
      return task ? [{ one, task, rows: rows_of(task) }] : [];
    });
    const key = (row) => `${row.name}\n${row.measure.measure}`;
    const keys = different(columns.flatMap(({ rows }) => rows.map(key)));
    const cells = keys.map((wanted) => {
      const [row, measure] = wanted.split('\n');
      const found = columns.map(({ rows }) => rows.find((r) => key(r) === wanted));
      const texts = found.map((r) => (r ? percent_text(r.measure) : ''));
      return [html('span', row.startsWith(' ') ? 'sub' : '', row.trim()), measure, ...texts];
    });
    const about = (label, read) => ['', label, ...columns.map(({ task }) => read(task))];
    cells.push(about('records', (task) => number(task.records)));
    cells.push(about('mean steps', (task) => number(task.mean_steps ?? 0)));
    if (columns.some(({ task }) => task.reward)) {
      cells.push(about('mean reward', (task) => (task.reward ? figure_text(task.reward) : '')));
    }
    const heads = ['', 'measure', ...columns.map(({ one }) => named(one.name, colour_for(one)))];
    const section = table_of(`Scores: ${name}`, heads, cells);
    section.append(...notes_on(scores, name));
    return section;
  });
}

/** `top_p=0.9, temperature=1`, without the setting `key`. */
const rest_of = (settings, key) =>
  Object.entries(settings)
    .filter(([name]) => name !== key)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** The figures of a point: the main ones of each task. */
function point_figures(point) {
  return point.tasks.flatMap((task) => {
    if (!task.complete) return [];
    const label = (name) => `${task.task}: ${name}`;
    const figures = (task.measures ?? []).map((measure) => ({
      label: label(measure.measure),
      figure: measure_figure(measure),
      times: 100,
    }));
    if (task.reward) figures.push({ label: label('mean reward'), figure: task.reward, times: 1 });
    return figures;
  });
}

/** The lines of one figure along one setting: one for each combination of the others. */
function sweep_lines(sweep, key, label, colour) {
  const rests = different(sweep.points.map((point) => rest_of(point.settings, key)));
  return rests.flatMap((rest, i) => {
    const points = sweep.points
      .filter((point) => rest_of(point.settings, key) === rest)
      .map((point) => ({
        x: Number(point.settings[key]),
        found: point_figures(point).find((f) => f.label === label),
      }))
      .filter(({ found }) => found)
      .sort((a, b) => a.x - b.x);
    if (points.length === 0) return [];
    const name = rest ? `${sweep.name}, ${rest}` : sweep.name;
    const x = points.map((point) => point.x);
    const figures = points.map(({ found }) => found.figure);
    return [line_of(name, colour, x, figures, kDashes[i % kDashes.length], points[0].found.times)];
  });
}

const is_wide = (values) =>
  values.length > 0 &&
  Math.min(...values) > 0 &&
  Math.max(...values) >= kLogRange * Math.min(...values);

/** A chart for each figure along each swept setting that has several values. */
function sweep_charts(sweeps, colour_for) {
  const keys = different(sweeps.flatMap((s) => s.points.flatMap((p) => Object.keys(p.settings))));
  const labels = different(
    sweeps.flatMap((s) => s.points.flatMap(point_figures)).map((f) => f.label),
  );
  return keys.flatMap((key) => {
    const having = sweeps.filter(
      (sweep) => different(sweep.points.map((point) => point.settings[key])).length > 1,
    );
    return labels.flatMap((label) => {
      const lines = having.flatMap((sweep) => sweep_lines(sweep, key, label, colour_for(sweep)));
      if (lines.length === 0) return [];
      const x_log = is_wide(lines.flatMap((line) => line.x));
      const y_label = label.endsWith('reward') ? 'reward' : '%';
      return [draw_chart({ title: `${label} by ${key}`, x_label: key, y_label, x_log, lines })];
    });
  });
}

/** The remarks on the scores of points, which name a point where they do not hold of all. */
function notes_on_points(points) {
  const found = points.flatMap(({ settings, tasks }) =>
    tasks
      .filter((task) => task.complete)
      .flatMap((task) =>
        remarks_on(task).map((remark) => ({ task: task.task, at: rest_of(settings, ''), remark })),
      ),
  );
  const texts = found.map(({ task, at, remark }) => {
    const same = found.filter((other) => other.task === task && other.remark === remark);
    return same.length === points.length ? `${task}: ${remark}` : `${task}, ${at}: ${remark}`;
  });
  return notes(texts);
}

function sweep_tables(sweeps, colour_for) {
  return sweeps.map((sweep) => {
    const keys = different(sweep.points.flatMap((point) => Object.keys(point.settings)));
    const rows = sweep.points.flatMap((point) =>
      point.tasks.flatMap((task) => {
        const settings = keys.map((key) => String(point.settings[key] ?? ''));
        if (!task.complete) return [[...settings, task.task, `no score: ${task.missing}`]];
        const steps = number(task.mean_steps ?? 0);
        const figures = point_figures({ tasks: [task] });
        return figures.map(({ label, figure, times }) => [
          ...settings,
          label,
          figure_text(figure, times),
          number(task.records),
          steps,
        ]);
      }),
    );
    const heads = [...keys, 'measure', 'score (95 % interval)', 'records', 'mean steps'];
    const section = table_of(`Sweep: ${sweep.name}`, heads, rows);
    section.firstChild.prepend(dot(colour_for(sweep)));
    section.append(...notes_on_points(sweep.points));
    return section;
  });
}

function likelihood_table(likelihoods, colour_for) {
  const rows = likelihoods.map((one) => {
    const most = (figure) => `${one.bound ? '≤ ' : ''}${figure_text(figure)}`;
    return [
      named(one.name, colour_for(one)),
      one.bound ? 'bound' : 'exact',
      number(one.texts),
      number(one.tokens),
      most(one.nats_per_token),
      most(one.per_token),
      most(one.per_word),
      most(one.bits_per_byte),
    ];
  });
  const heads = ['', '', 'texts', 'tokens', 'nats a token', 'perplexity a token'];
  heads.push('perplexity a word', 'bits a byte');
  return table_of('Likelihood of held-out text', heads, rows);
}

/** Loss by noise level, and the bound by the level at which the tokens are read. */
function likelihood_charts(likelihoods, colour_for) {
  const having = likelihoods.filter((one) => one.levels.length > 0);
  if (having.length === 0) return [];
  const line = (one, key, suffix = '', dash = '') => {
    const levels = one.levels.filter((level) => level[key]);
    const x = levels.map((level) => (level.from + level.to) / 2);
    const figures = levels.map((level) => level[key]);
    return line_of(`${one.name}${suffix}`, colour_for(one), x, figures, dash);
  };
  const losses = having.flatMap((one) => {
    const lines = [line(one, 'loss')];
    const again = line(one, 'self_loss', ', self-conditioned', kDashes[1]);
    return again.x.length > 0 ? [...lines, again] : lines;
  });
  const x_label = 'noise level t / T';
  return [
    draw_chart({
      title: 'Held-out loss by noise level',
      x_label,
      y_label: 'nats a token',
      lines: losses,
    }),
    draw_chart({
      title: 'Bound by the level at which tokens are read',
      x_label,
      y_label: 'nats a token',
      log: true,
      lines: having.map((one) => line(one, 'bound')),
    }),
  ];
}

function samples_table(samples, colour_for) {
  const share = (value) => `${(100 * value).toFixed(1)} %`;
  const rows = samples.map((one) => [
    named(one.name, colour_for(one)),
    `${number(one.texts)} (${number(one.different_texts)} different)`,
    figure_text(one.words),
    ...one.distinct.map(share),
    figure_text(one.repetition, 100),
    one.steps.length > 0 ? figure_text(one.settle_step.mean) : '',
    one.steps.length > 0 ? `${one.settle_step.half}, ${one.settle_step.nine_tenths}` : '',
    one.perplexity ? figure_text(one.perplexity.per_token) : '',
    one.judge,
  ]);
  const heads = ['', 'texts', 'words a text', 'distinct-1', 'distinct-2', 'distinct-3'];
  heads.push('distinct-4', 'repeated 4-grams, %', 'settle step', 'half, 90 % by step');
  heads.push('perplexity a token', 'judge');
  return table_of('What the models write', heads, rows);
}

function samples_charts(samples, colour_for) {
  const having = samples.filter((one) => one.steps.length > 0);
  if (having.length === 0) return [];
  const chart = (title, key, y_label, times = 1) =>
    draw_chart({
      title,
      x_label: 'step',
      y_label,
      lines: having.map((one) => {
        const x = one.steps.map((step) => step.step);
        const figures = one.steps.map((step) => step[key]);
        return line_of(one.name, colour_for(one), x, figures, '', times);
      }),
    });
  return [
    chart('Confidence over the steps', 'probability', 'mean probability'),
    chart('Entropy over the steps', 'entropy', 'nats'),
    chart('Places that have settled', 'settled', '%', 100),
  ];
}

function output_list(samples) {
  return samples
    .filter((one) => one.outputs.length > 0)
    .map((one) => {
      const texts = one.outputs.map(({ text }) => html('div', 'sample', text));
      return html('details', 'card', html('summary', '', `Texts of ${one.name}`), ...texts);
    });
}

/**
 * Fills `place` with what compares the evaluations; their colours follow those of `runs` runs.
 * @param {HTMLElement} place
 * @param {Evaluation[]} evaluations
 * @param {number} runs
 */
function draw_evaluations(place, evaluations, runs) {
  const of = (kind) => evaluations.filter((one) => one.kind === kind);
  const colour_for = (one) => colour_of(runs + evaluations.indexOf(one));
  const [scores, sweeps] = [of('scores'), of('sweep')];
  const [likelihoods, samples] = [of('likelihood'), of('samples')];
  const charts = html('div', 'charts');
  charts.append(
    ...sweep_charts(sweeps, colour_for),
    ...likelihood_charts(likelihoods, colour_for),
    ...samples_charts(samples, colour_for),
  );
  place.append(...score_tables(scores, colour_for));
  if (likelihoods.length > 0) place.append(likelihood_table(likelihoods, colour_for));
  if (samples.length > 0) place.append(samples_table(samples, colour_for));
  if (charts.children.length > 0) place.append(charts);
  place.append(...sweep_tables(sweeps, colour_for), ...output_list(samples));
}
