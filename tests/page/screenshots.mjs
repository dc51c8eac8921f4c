// Pictures of the page: node tests/page/screenshots.mjs FOLDER [URL]. Without a URL the answers come
// from the mock server, and the names of the files say so.
import { mkdir } from 'node:fs/promises';
import { open_browser } from './browser.mjs';
import { start_mock } from './mock_server.mjs';

/** @typedef {import('playwright-core').Page} Page */

const [folder, url] = process.argv.slice(2);
const prompt = process.env.TESS2_PROMPT ?? 'Tell me a story about Sam, the doll and the hill.';

/** @param {Page} page @param {string} name */
async function shoot(page, name) {
  await page.waitForTimeout(400);
  await page.screenshot({ path: `${folder}/${url ? '' : 'mock-'}${name}.png` });
}

/** @param {Page} page @param {string} root */
async function finished(page, root) {
  await page.locator(`${root} .answer:last-child .foot`).last().waitFor({ timeout: 120000 });
}

/** @param {Page} page */
async function ask(page) {
  await page.fill('#message', prompt);
  await page.press('#message', 'Enter');
  await finished(page, '#chat');
}

/** @param {Page} page @param {number} part of the steps, in [0, 1] */
async function scrub(page, part) {
  await page
    .locator('.replay input')
    .last()
    .evaluate((range, part) => {
      const input = /** @type {HTMLInputElement} */ (range);
      input.value = String(Math.max(1, Math.round(Number(input.max) * part)));
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, part);
}

/** @param {Page} page @param {string} name */
async function chat(page, name) {
  await ask(page);
  await scrub(page, 0.4);
  await shoot(page, `${name}-denoising`);
  await scrub(page, 1);
  const slots = page.locator('.turns .slot:not(.unused)');
  await slots.nth(Math.min(6, (await slots.count()) - 1)).hover();
  await shoot(page, `${name}-popover`);
  await page.mouse.move(5, 5);
}

/** @param {Page} page @param {string} name */
async function infill(page, name) {
  await page.click('#tab-infill');
  await page.click('#infill [type=submit]');
  await finished(page, '#infill');
  await scrub(page, 0.4);
  await shoot(page, `${name}-denoising`);
  await scrub(page, 1);
  await shoot(page, name);
}

/** @param {string} base @param {'light' | 'dark'} colorScheme @param {number} width @param {number} height */
async function look(base, colorScheme, width, height) {
  const { context, close } = await open_browser({ colorScheme, viewport: { width, height } });
  const page = await context.newPage();
  const name = `${colorScheme}-${width}`;
  await page.goto(base);
  await page.locator('#model:not(:empty)').waitFor();
  await shoot(page, `${name}-welcome`);
  await chat(page, `${name}-chat`);
  await infill(page, `${name}-infill`);
  if (width < 960) {
    await page.click('#settings-toggle');
    await shoot(page, `${name}-settings`);
  }
  await close();
}

await mkdir(folder, { recursive: true });
const mock = url ? null : await start_mock();
for (const scheme of /** @type {const} */ (['light', 'dark'])) {
  await look(url ?? mock?.url ?? '', scheme, 1100, 760);
  await look(url ?? mock?.url ?? '', scheme, 390, 780);
}
await mock?.close();
