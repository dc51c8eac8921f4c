// What the tests of the page share: a server, a browser, and a page that must stay clean.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { open_browser } from './browser.mjs';
import { start_mock } from './mock_server.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** A running `tess2 serve` to test against, where given. */
export const kServer = process.env.TESS2_URL ?? '';

/** For tests whose server must say what a script says. */
export const kScripted = { skip: kServer ? 'needs the mock server' : false };

export class Bench {
  /** @type {Awaited<ReturnType<typeof start_mock>>} */
  mock = /** @type {any} */ (null);
  /** @type {Page} */
  page = /** @type {any} */ (null);
  url = '';
  /** Statuses of failed requests that the test brings about: the browser's console names them. */
  refusals = false;
  /** @type {string[]} */
  complaints = [];

  /** @param {Page} page */
  watch(page) {
    const origin = new URL(this.url).origin;
    page.on('pageerror', (error) => this.complaints.push(`${error}`));
    page.on('console', (message) => {
      const expected = this.refusals && message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !expected) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) this.complaints.push(`request to ${request.url()}`);
    });
  }

  /** The last request that the mock server was sent. */
  get asked() {
    const asked = this.mock.requests.at(-1);
    assert.ok(asked, 'no request came');
    return asked;
  }

  /** @param {string} hash */
  async open(hash = '') {
    await this.page.goto(this.url + hash);
    await this.page.locator('#model:not(:empty)').waitFor();
    // Few steps are enough, and quick where a real model takes them.
    if (!this.mock && !(await this.page.locator('#steps').isVisible()))
      await this.page.click('#settings-toggle');
    if (!this.mock) await this.page.fill('#steps', '8');
  }

  /** @param {string} text */
  async send(text) {
    await this.page.fill('#message', text);
    await this.page.press('#message', 'Enter');
  }

  /** @param {string} text */
  async chat(text) {
    await this.send(text);
    await this.ended('#chat');
  }

  async fill_holes() {
    await this.page.click('#infill [type=submit]');
    await this.ended('#infill');
  }

  /** @param {string} root */
  async ended(root) {
    await this.page.locator(`${root} .answer`).last().locator('.foot').waitFor();
  }

  /** Waits until an answer has got so far. @param {number} step */
  async stepped(step) {
    await this.page.waitForFunction(
      (step) => Number(document.querySelector('.replay input')?.getAttribute('max')) >= step,
      step,
    );
  }

  /** @param {string} root */
  canvas(root = '#chat') {
    return this.page.locator(`${root} .canvas`).last();
  }

  async summary() {
    return (await this.page.locator('.answer .summary').last().textContent()) ?? '';
  }

  async seed() {
    return Number(/seed (\d+)/.exec(await this.summary())?.[1]);
  }

  /** The slider of the last answer. @param {number} step from 1 */
  async scrub(step) {
    await this.page.locator('.replay input').last().fill(String(step));
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}

/**
 * A bench for the tests of a file: each begins with a fresh page and fails where the console has
 * errors or the page asked another host.
 * @param {import('playwright-core').BrowserContextOptions} [options] of the browser
 */
export function set_up_bench(options = {}) {
  const bench = new Bench();
  /** @type {Awaited<ReturnType<typeof open_browser>>} */
  let browser;
  before(async () => {
    browser = await open_browser(options);
  });
  beforeEach(async () => {
    if (!kServer) bench.mock = await start_mock();
    bench.url = kServer || bench.mock.url;
    Object.assign(bench, { refusals: false, complaints: [] });
    bench.page = await browser.context.newPage();
    bench.page.setDefaultTimeout(kServer ? 120000 : 10000);
    bench.watch(bench.page);
  });
  afterEach(async () => {
    await bench.page.evaluate(() => (localStorage.clear(), sessionStorage.clear()));
    await bench.page.close();
    await bench.mock?.close();
    assert.deepEqual(bench.complaints, []);
  });
  after(() => browser.close());
  return bench;
}
