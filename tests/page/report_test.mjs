// The page of `tess2 report`, made of its files as the program makes it, with runs of a few steps.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open_browser } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const kFolder = new URL('../../src/app/report_page/', import.meta.url);

/** @param {string} name */
const content_of = (name) => readFile(new URL(name, kFolder), 'utf8');

/** @param {string} name @param {number} first */
function run_of(name, first) {
  const step = [10, 20, 30, 40];
  const at = step.map((_, i) => first - i);
  return {
    name,
    training: {
      step,
      tokens: step.map((n) => n * 1000),
      hours: step.map((n) => n / 10),
      loss: at,
      learning_rate: [1e-5, 2e-5, 2e-5, 2e-5],
      gradient_norm: [2, null, 1, 1],
      tokens_per_second: [900, 950, 1000, 1000],
    },
    levels: { step: [20, 40], loss: [Array(10).fill(5), [null, ...Array(9).fill(4)]] },
    validation: {
      loss: { step: [0, 40], value: [9, first - 4] },
      loss_t250: { step: [0, 40], value: [1, 0.5] },
      loss_t4750: { step: [0, 40], value: [17, 8] },
    },
    margins: [],
    samples: [{ step: 40, samples: [{ given: 'Once', text: ' upon <b>a</b> time' }] }],
  };
}

/** @param {object[]} runs @param {object[]} evaluations */
async function make_page(runs, evaluations) {
  const files = await Promise.all(['chart.js', 'evaluations.js', 'report.js'].map(content_of));
  const style = await content_of('report.css');
  const script = files.join('');
  const data = JSON.stringify({ runs, evaluations }).replaceAll('<', '\\u003c');
  return (await content_of('report.html'))
    .replace('/* script */', () => script)
    .replace('"the data"', () => data)
    .replace('/* style */', () => style);
}

/** @type {Awaited<ReturnType<typeof open_browser>>} */
let browser;
let folder = '';

before(async () => {
  browser = await open_browser();
  folder = await mkdtemp(join(tmpdir(), 'tess2-report-'));
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/**
 * Opens a report and checks at the end that it asked for nothing and complained of nothing.
 * @param {object[]} runs
 * @param {(page: Page) => Promise<void>} look
 * @param {object[]} evaluations
 */
async function with_report(runs, look, evaluations = []) {
  const file = join(folder, 'report.html');
  await writeFile(file, await make_page(runs, evaluations));
  const page = await browser.context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('request', (request) => {
    if (request.url() !== `file://${file}`) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  await look(page);
  await page.close();
  assert.deepEqual(complaints, []);
}

/** @param {Page} page */
const titles_of = (page) => page.locator('#charts h2').allTextContents();

test('one run has a chart of each kind, its summary and its samples', async () => {
  await with_report([run_of('base', 8)], async (page) => {
    assert.deepEqual(await titles_of(page), [
      'Training loss',
      'Validation: loss',
      'Training loss by noise level',
      'Validation loss by noise level: base',
      'Learning rate',
      'Gradient norm',
      'Throughput',
    ]);
    const summary = await page.locator('#summary td').allTextContents();
    assert.deepEqual(summary, ['base', '40', '40,000', '4:00:00', '5', '4']);
    assert.equal(await page.locator('.sample').textContent(), 'Once upon <b>a</b> time');
  });
});

test('the margins of a reward model are bars around zero, at any validation', async () => {
  const judge = Object.assign(run_of('judge', 8), {
    margins: [
      { step: 0, margins: { width: 0.5, first: -1, counts: [50, 50] } },
      { step: 40, margins: { width: 0.5, first: -1, counts: [20, 60, 20] } },
    ],
  });
  await with_report([run_of('base', 8), judge], async (page) => {
    const figure = page.locator('figure', { hasText: 'Validation margins' }).last();
    const names = figure.locator('.legend span');
    assert.deepEqual(await names.allTextContents(), ['judge, step 40', 'no preference']);
    // Up, along and down at each of four edges.
    const path = (await figure.locator('path.line').first().getAttribute('d')) ?? '';
    assert.equal(path.split(/[ML]/).length - 1, 8);
    await page.locator('input[type=range]').nth(1).fill('0');
    assert.deepEqual(await names.allTextContents(), ['judge, step 0', 'no preference']);
  });
});

test('several runs lie over one another, and the pointer tells their values', async () => {
  await with_report([run_of('a', 8), run_of('b', 7)], async (page) => {
    const loss = page.locator('figure').first();
    assert.equal(await loss.locator('path.line').count(), 2);
    assert.deepEqual(await loss.locator('.legend span').allTextContents(), ['a', 'b']);
    await page.locator('#smoothing').fill('0');
    const box = await page.locator('figure svg').first().boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 0.965 * box.width, box.y + 0.5 * box.height);
    const tip = await page.locator('figure .tip').first().locator('div').allTextContents();
    assert.deepEqual(tip, ['step 40', 'a: 5', 'b: 4']);
  });
});

test('the axis may be tokens or hours', async () => {
  await with_report([run_of('a', 8)], async (page) => {
    await page.selectOption('#axis', 'hours');
    const svg = page.locator('figure svg').first();
    assert.equal(await svg.getAttribute('aria-label'), 'Training loss: loss along hours');
    assert.ok((await svg.locator('text').allTextContents()).includes('4'));
  });
});

test('a run that has told nothing yet does no harm', async () => {
  const nothing = run_of('a', 8);
  for (const values of Object.values(nothing.training)) values.length = 0;
  Object.assign(nothing, { levels: { step: [], loss: [] }, validation: {}, samples: [] });
  await with_report([nothing], async (page) => {
    assert.ok((await titles_of(page)).includes('Training loss'));
  });
});

/** @param {number} score */
const measure_of = (score) => ({
  measure: 'accuracy',
  score,
  low: score / 2,
  high: score * 1.5,
  records: 40,
});

/** @param {string} task @param {number} score */
const task_of = (task, score) => ({
  task,
  complete: true,
  records: 40,
  measures: [measure_of(score)],
  mean_of_subtasks: [],
  subtasks: { hard: [measure_of(score / 4)] },
  mean_steps: 20,
});

/** What a task's figures do not say, and what the page says of it. */
const kNoted = { limit: 10, too_long: 1, fewer_shots: 2 };
const kNotes = [
  'a part of the task: the first 10 records, of each subtask where there are any',
  '1 of 40 records left no place for an answer and count as wrong',
  '2 of 40 records had room for fewer examples than others',
];

/** @param {number} value */
const figure_of = (value) => ({ value, low: value - 0.5, high: value + 0.5 });

test('scores of models stand beside one another', async () => {
  const part = { task: 'gsm8k', complete: false, missing: '3 of 8 records are answered' };
  const scores = [
    { kind: 'scores', name: 'tuned', tasks: [task_of('gsm8k', 0.4), task_of('bbh', 0.2)] },
    { kind: 'scores', name: 'twin', tasks: [{ ...task_of('gsm8k', 0.5), ...kNoted }] },
    { kind: 'scores', name: 'late', tasks: [part] },
  ];
  const look = async (/** @type {Page} */ page) => {
    assert.equal(await page.locator('#controls').isVisible(), false);
    const titles = await page.locator('.card h2').allTextContents();
    assert.deepEqual(titles, ['Scores: gsm8k', 'Scores: bbh']);
    const cells = await page.locator('.card').first().locator('tr').nth(1).locator('td');
    assert.deepEqual(await cells.allTextContents(), [
      'gsm8k',
      'accuracy',
      '40.0 % (20.0 to 60.0)',
      '50.0 % (25.0 to 75.0)',
    ]);
    assert.deepEqual(await page.locator('.note').allTextContents(), [
      ...kNotes.map((note) => `twin: ${note}`),
      'late: no score, 3 of 8 records are answered',
    ]);
  };
  await with_report([], look, scores);
});

test('a sweep is a chart with error bars along the setting, and a table', async () => {
  const point = (/** @type {number} */ steps, /** @type {number} */ top_p) => ({
    settings: { steps, top_p },
    tasks: [{ ...task_of('gsm8k', top_p * steps ** 0.1 * 0.3), ...kNoted }],
  });
  const points = [1, 5, 25, 100].flatMap((steps) => [point(steps, 0.5), point(steps, 1)]);
  const look = async (/** @type {Page} */ page) => {
    const titles = await page.locator('figure h2').allTextContents();
    assert.deepEqual(titles, ['gsm8k: accuracy by steps', 'gsm8k: accuracy by top_p']);
    const first = page.locator('figure').first();
    assert.equal(await first.locator('path.line').count(), 2);
    assert.equal(await first.locator('line.bar').count(), 8);
    const legend = await first.locator('.legend span').allTextContents();
    assert.deepEqual(legend, ['tuned, top_p=0.5', 'tuned, top_p=1']);
    const marks = await first.locator('svg text').allTextContents();
    assert.ok(marks.includes('10') && marks.includes('100'), `logarithmic: ${marks}`);
    const rows = page.locator('.card table tr');
    assert.equal(await rows.count(), 9);
    const cells = await rows.nth(8).locator('td').allTextContents();
    assert.deepEqual(cells.slice(0, 3), ['100', '1', 'gsm8k: accuracy']);
    const remarks = await page.locator('.note').allTextContents();
    assert.deepEqual(
      remarks,
      kNotes.map((note) => `gsm8k: ${note}`),
    );
    const box = await first.locator('svg').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 0.97 * box.width, box.y + 0.5 * box.height);
    const tip = await first.locator('.tip div').allTextContents();
    assert.equal(tip[0], 'steps 100');
    assert.match(tip[2] ?? '', /^tuned, top_p=1: 47\.5\d \(23\.7\d to 71\.3\d?\)$/);
  };
  await with_report([], look, [{ kind: 'sweep', name: 'tuned', points }]);
});

test('a note that does not hold of all points of a sweep names its point', async () => {
  const points = [32, 64].map((length) => ({
    settings: { length, steps: 5 },
    tasks: [{ ...task_of('gsm8k', 0.4), ...kNoted, too_long: length === 32 ? 1 : 0 }],
  }));
  const look = async (/** @type {Page} */ page) => {
    assert.deepEqual(await page.locator('.note').allTextContents(), [
      `gsm8k: ${kNotes[0]}`,
      `gsm8k, length=32, steps=5: ${kNotes[1]}`,
      `gsm8k: ${kNotes[2]}`,
    ]);
  };
  await with_report([], look, [{ kind: 'sweep', name: 'tuned', points }]);
});

test('likelihoods and samples have tables and charts', async () => {
  const level = (/** @type {number} */ from, /** @type {number} */ loss) => ({
    from,
    to: from + 0.5,
    loss: figure_of(loss),
    self_loss: figure_of(loss - 0.25),
    bound: figure_of(loss + 9),
  });
  const cost = {
    nats_per_token: figure_of(2),
    per_token: figure_of(7),
    per_word: figure_of(20),
    bits_per_byte: figure_of(1),
  };
  const step = (/** @type {number} */ number_of_step) => ({
    step: number_of_step,
    probability: figure_of(0.5),
    entropy: figure_of(1),
    settled: figure_of(number_of_step / 50),
  });
  const evaluations = [
    { kind: 'likelihood', name: 'adapted', bound: true, texts: 4, tokens: 99, ...cost, levels: [level(0, 1), level(0.5, 3)] }, // prettier-ignore
    { kind: 'likelihood', name: 'base', bound: false, texts: 4, tokens: 99, ...cost, levels: [] },
    {
      kind: 'samples',
      name: 'tuned',
      texts: 9,
      different_texts: 8,
      distinct: [0.1, 0.2, 0.3, 0.4],
      repetition: figure_of(0.5),
      words: figure_of(12),
      steps: Array.from({ length: 50 }, (_, i) => step(i + 1)),
      settle_step: { mean: figure_of(9), half: 8, nine_tenths: 17 },
      judge: 'run/twin',
      perplexity: { per_token: figure_of(3), per_word: figure_of(5) },
      outputs: [{ text: 'a <b>text</b>' }],
    },
  ];
  const look = async (/** @type {Page} */ page) => {
    assert.deepEqual(await page.locator('figure h2').allTextContents(), [
      'Held-out loss by noise level',
      'Bound by the level at which tokens are read',
      'Confidence over the steps',
      'Entropy over the steps',
      'Places that have settled',
    ]);
    const rows = page.locator('.card').first().locator('tr');
    assert.deepEqual((await rows.nth(1).locator('td').allTextContents()).slice(0, 5), [
      'adapted',
      'bound',
      '4',
      '99',
      '≤ 2 (1.5 to 2.5)',
    ]);
    assert.equal((await rows.nth(2).locator('td').allTextContents())[4], '2 (1.5 to 2.5)');
    assert.equal(await page.locator('figure').first().locator('path.line').count(), 2);
    const confidence = page.locator('figure').nth(2);
    assert.equal(await confidence.locator('path.band').count(), 1, 'many points: a band');
    await page.locator('details summary').click();
    assert.equal(await page.locator('.sample').textContent(), 'a <b>text</b>');
  };
  await with_report([], look, evaluations);
});

test('a narrow page scrolls its tables, not itself', async () => {
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];
  const scores = names.map((name) => ({ kind: 'scores', name, tasks: [task_of('gsm8k', 0.4)] }));
  const look = async (/** @type {Page} */ page) => {
    await page.setViewportSize({ width: 390, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `the page is ${wide} wide`);
    const inside = page.locator('.wide table').last();
    assert.ok(((await inside.boundingBox())?.width ?? 0) > 390);
  };
  await with_report([], look, scores);
});
