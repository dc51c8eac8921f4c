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

/** @param {object[]} runs */
async function make_page(runs) {
  const script = (await content_of('chart.js')) + (await content_of('report.js'));
  const data = JSON.stringify({ runs }).replaceAll('<', '\\u003c');
  return (await content_of('report.html'))
    .replace('/* script */', () => script)
    .replace('"the data"', () => data)
    .replace('/* style */', () => '');
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
 */
async function with_report(runs, look) {
  const file = join(folder, 'report.html');
  await writeFile(file, await make_page(runs));
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
