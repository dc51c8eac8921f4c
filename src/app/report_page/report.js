// The page of a report: which charts of training there are, and what they show.

/**
 * Values of training, each the mean over some steps that end with `step`.
 * @typedef {{step: number[], tokens: number[], hours: number[], loss: (number|null)[],
 *   learning_rate: (number|null)[], gradient_norm: (number|null)[],
 *   tokens_per_second: (number|null)[]}} Training
 * @typedef {{given: string, text: string}} Sample
 * @typedef {{name: string, training: Training,
 *   levels: {step: number[], loss: (number|null)[][]},
 *   validation: Record<string, {step: number[], value: (number|null)[]}>,
 *   margins: {step: number, margins: {width: number, first: number, counts: number[]}}[],
 *   samples: {step: number, samples: Sample[]}[]}} Run
 */

/** @type {{runs: Run[], evaluations: Evaluation[]}} */
const report = JSON.parse(document.getElementById('data').textContent);

const kAxes = { step: 'step', tokens: 'tokens', hours: 'hours' };
const kColours = 8;

const colour_of = (run) => `var(--run-${run % kColours})`;

const axis = () => document.getElementById('axis').value;
const is_log = () => document.getElementById('log').checked;

/** What the axis shows at a step, between the points where it is known. */
function along(run, step) {
  const { training } = run;
  if (axis() === 'step' || training.step.length === 0) return step;
  const values = training[axis()];
  const i = training.step.findIndex((known) => known >= step);
  if (i < 0) return values.at(-1);
  const [step_before, before] = i === 0 ? [0, 0] : [training.step[i - 1], values[i - 1]];
  const share = (step - step_before) / Math.max(training.step[i] - step_before, 1);
  return before + share * (values[i] - before);
}

/** The running mean in which what is older counts less and less. */
function smoothed(values) {
  const keep = Number(document.getElementById('smoothing').value) / 100;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** A chart of a value of training, a line a run. */
function training_chart(key, title, y_label, { smooth = true, log = false } = {}) {
  const lines = report.runs.map((run, i) => ({
    name: run.name,
    colour: colour_of(i),
    x: run.training[axis()],
    y: smooth ? smoothed(run.training[key]) : run.training[key],
    ...(smooth ? { raw: run.training[key] } : {}),
  }));
  return draw_chart({ title, x_label: kAxes[axis()], y_label, log, lines });
}

/** The levels t of a run's validation, ascending. */
function validation_levels(run) {
  return Object.keys(run.validation)
    .filter((name) => /^loss_t\d+$/.test(name))
    .map((name) => Number(name.slice(6)))
    .sort((a, b) => a - b);
}

/** A chart of a figure of validation, a line a run that has it. */
function validation_chart(name) {
  const lines = report.runs.flatMap((run, i) => {
    const figure = run.validation[name];
    if (!figure) return [];
    const x = figure.step.map((step) => along(run, step));
    return [{ name: run.name, colour: colour_of(i), x, y: figure.value }];
  });
  const log = is_log() && name === 'loss';
  const title = `Validation: ${name}`;
  return draw_chart({ title, x_label: kAxes[axis()], y_label: name, log, lines });
}

/** How one run's validation went at each noise level. */
function validation_levels_chart(run) {
  const levels = validation_levels(run);
  const lines = levels.map((level, i) => {
    const figure = run.validation[`loss_t${level}`];
    const share = levels.length > 1 ? i / (levels.length - 1) : 0;
    return {
      name: `t = ${level}`,
      colour: `hsl(${Math.round(230 - 210 * share)} 70% 52%)`,
      x: figure.step.map((step) => along(run, step)),
      y: figure.value,
    };
  });
  const title = `Validation loss by noise level: ${run.name}`;
  return draw_chart({ title, x_label: kAxes[axis()], y_label: 'loss', log: is_log(), lines });
}

/** The mean training loss in each tenth of the noise levels, around a moment of the runs. */
function profile_lines(share) {
  return report.runs.flatMap((run, i) => {
    const rows = run.levels.loss;
    if (rows.length === 0) return [];
    const half = Math.max(1, Math.round(rows.length / 20));
    const middle = Math.round(share * (rows.length - 1));
    const near = rows.slice(Math.max(0, middle - half), middle + half + 1);
    const y = rows[0].map((_, bin) => {
      const values = near.map((row) => row[bin]).filter((value) => value !== null);
      return values.length > 0 ? values.reduce((a, b) => a + b) / values.length : null;
    });
    const x = y.map((_, bin) => (bin + 0.5) / y.length);
    const step = run.levels.step[middle];
    return [{ name: `${run.name}, step ${number(step)}`, colour: colour_of(i), x, y }];
  });
}

/** How many validation pairs have which margin, around a moment of the runs. */
function margin_lines(share) {
  const lines = report.runs.flatMap((run, i) => {
    if (run.margins.length === 0) return [];
    const { step, margins } = run.margins[Math.round(share * (run.margins.length - 1))];
    const { width, first, counts } = margins;
    const pairs = counts.reduce((a, b) => a + b);
    // The outline of the bars.
    const edges = [...counts, 0].map((_, bin) => (first + bin) * width);
    const heights = [0, ...counts, 0].map((count) => count / pairs / width);
    const x = edges.flatMap((edge) => [edge, edge]);
    const y = edges.flatMap((_, bin) => [heights[bin], heights[bin + 1]]);
    return [{ name: `${run.name}, step ${number(step)}`, colour: colour_of(i), x, y }];
  });
  const highest = Math.max(...lines.flatMap((line) => line.y));
  const zero = { name: 'no preference', colour: 'var(--soft)', x: [0, 0], y: [0, highest] };
  return [...lines, zero];
}

/** Where the sliders of charts stand, by the chart's title: 0 is the start of the runs, 1 the end. */
const moments = {};

/**
 * A chart with a slider for the moment of the runs that it shows.
 * @param {(share: number) => Chart} chart_at
 */
function moment_chart(title, chart_at) {
  const figure = html('figure');
  const slider = html('input');
  Object.assign(slider, { type: 'range', min: 0, max: 100, value: 100 * (moments[title] ?? 1) });
  const bar = html('label', 'window', 'start', slider, 'end');
  const draw = () => {
    moments[title] = Number(slider.value) / 100;
    const drawn = draw_chart({ title, ...chart_at(moments[title]) });
    figure.replaceChildren(drawn, bar);
    drawn.style.padding = 0;
  };
  slider.addEventListener('input', draw);
  draw();
  return figure;
}

function profile_chart() {
  return moment_chart('Training loss by noise level', (share) => ({
    x_label: 'noise level t / T',
    y_label: 'loss',
    log: is_log(),
    lines: profile_lines(share),
  }));
}

function margin_chart() {
  return moment_chart('Validation margins', (share) => ({
    x_label: 'reward of the chosen minus the rejected',
    y_label: 'share of pairs per unit',
    lines: margin_lines(share),
  }));
}

function draw_charts() {
  const figures = [training_chart('loss', 'Training loss', 'loss', { log: is_log() })];
  const names = new Set(report.runs.flatMap((run) => Object.keys(run.validation)));
  for (const name of names) if (!/^loss_t/.test(name)) figures.push(validation_chart(name));
  if (report.runs.some((run) => run.margins.length > 0)) figures.push(margin_chart());
  if (report.runs.some((run) => run.levels.loss.length > 0)) figures.push(profile_chart());
  for (const run of report.runs) {
    if (validation_levels(run).length > 0) figures.push(validation_levels_chart(run));
  }
  figures.push(
    training_chart('learning_rate', 'Learning rate', 'learning rate', { smooth: false }),
    training_chart('gradient_norm', 'Gradient norm', 'norm before clipping'),
    training_chart('tokens_per_second', 'Throughput', 'tokens/s'),
  );
  document.getElementById('charts').replaceChildren(...figures);
}

/** `1:02:03` or `2:05`. */
function duration(hours) {
  const seconds = Math.round(hours * 3600);
  const pad = (value) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

function draw_summary() {
  const row = (cell, texts) => html('tr', '', ...texts.map((text) => html(cell, '', text)));
  const heads = ['run', 'steps', 'tokens', 'time', 'last loss', 'lowest validation loss'];
  const rows = report.runs.map((run, i) => {
    const { step, tokens, hours, loss } = run.training;
    const known = (run.validation.loss?.value ?? []).filter((value) => value !== null);
    const texts = ['', number(step.at(-1) ?? 0), number(tokens.at(-1) ?? 0)];
    texts.push(duration(hours.at(-1) ?? 0), loss.length > 0 ? number(loss.at(-1)) : 'none');
    texts.push(known.length > 0 ? number(Math.min(...known)) : 'none');
    const drawn = row('td', texts);
    drawn.firstChild.append(dot(colour_of(i)), run.name);
    return drawn;
  });
  document.getElementById('summary').replaceChildren(row('th', heads), ...rows);
}

/** The texts that the models wrote, newest first. */
function draw_samples() {
  const parts = report.runs.flatMap((run) =>
    [...run.samples].reverse().map(({ step, samples }, i) => {
      const texts = samples.map(({ given, text }) =>
        html('div', 'sample', html('span', 'given', given), text),
      );
      const title = `${report.runs.length > 1 ? `${run.name}, ` : ''}step ${number(step)}`;
      const details = html('details', '', html('summary', '', title), ...texts);
      details.open = i === 0;
      return details;
    }),
  );
  if (parts.length === 0) return;
  document.getElementById('samples').append(html('h2', '', 'Samples'), ...parts);
}

for (const [value, name] of Object.entries(kAxes)) {
  document.getElementById('axis').append(new Option(name, value));
}
for (const id of ['axis', 'smoothing', 'log']) {
  document.getElementById(id).addEventListener('input', draw_charts);
}
if (report.runs.length > 0) {
  draw_summary();
  draw_charts();
  draw_samples();
} else {
  document.getElementById('controls').hidden = true;
}
draw_evaluations(document.getElementById('evaluations'), report.evaluations, report.runs.length);
