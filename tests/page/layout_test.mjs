// Any width, light and dark, tabs and roles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { set_up_bench } from './support.mjs';

const bench = set_up_bench({ viewport: { width: 320, height: 640 }, hasTouch: true });

const overflow = () =>
  bench.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** Luminance of a CSS colour as it is painted, in [0, 255]. @param {string} variable */
const painted = (variable) =>
  bench.page.evaluate((variable) => {
    const pen = document.createElement('canvas').getContext('2d');
    if (!pen) return NaN;
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable);
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }, variable);

test('320 pixels are enough: nothing scrolls sideways', async () => {
  await bench.open();
  assert.equal(await overflow(), 0);
  await bench.chat('Tell me a story about Donaudampfschifffahrtsgesellschaftskapitaenspatent.');
  assert.equal(await overflow(), 0);
  await bench.page.locator('.slot:not(.unused)').last().tap();
  // Longer than it would stay for a pointer that goes away, as a finger does.
  await bench.page.waitForTimeout(400);
  const box = await bench.page.locator('#popover').boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 320 && box.y >= 0);
  assert.equal(await overflow(), 0);
});

test('320 pixels are enough for holes and settings', async () => {
  await bench.open('#/infill');
  await bench.fill_holes();
  assert.equal(await overflow(), 0);
  const toggle = bench.page.locator('#settings-toggle');
  if (!(await bench.page.locator('#settings').isVisible())) await toggle.click();
  assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
  assert.equal(await overflow(), 0);
});

test('a wrong setting opens the settings', async () => {
  await bench.open();
  if (await bench.page.locator('#settings').isHidden()) await bench.page.click('#settings-toggle');
  await bench.page.fill('#top_p', '2');
  await bench.page.click('#settings-toggle');
  assert.ok(await bench.page.locator('#top_p').isHidden());
  await bench.send('Hello');
  assert.ok(await bench.page.locator('#top_p').isVisible());
});

test('the page is dark where the system is', async () => {
  await bench.page.emulateMedia({ colorScheme: 'light' });
  await bench.open();
  assert.ok((await painted('--paper')) > 230 && (await painted('--ink')) < 60);
  await bench.page.emulateMedia({ colorScheme: 'dark' });
  assert.ok((await painted('--paper')) < 40 && (await painted('--ink')) > 200);
});

test('tabs have their roles and go with the arrow keys', async () => {
  await bench.open();
  const chat = bench.page.getByRole('tab', { name: 'Chat' });
  const infill = bench.page.getByRole('tab', { name: 'Infill' });
  assert.equal(await chat.getAttribute('aria-selected'), 'true');
  await chat.press('ArrowRight');
  assert.equal(await infill.getAttribute('aria-selected'), 'true');
  assert.equal(await chat.getAttribute('tabindex'), '-1');
  assert.ok(await infill.evaluate((tab) => tab === document.activeElement));
  assert.ok(await bench.page.getByRole('tabpanel', { name: 'Infill' }).isVisible());
  assert.ok(await bench.page.locator('#chat').isHidden());
  await bench.page.reload();
  assert.equal(await infill.getAttribute('aria-selected'), 'true');
});

test('every control has a name', async () => {
  await bench.open();
  const nameless = await bench.page.locator('input, textarea, button').evaluateAll((controls) =>
    controls
      .filter((control) => {
        const labels = /** @type {HTMLInputElement} */ (control).labels;
        return !labels?.length && !control.ariaLabel && !control.textContent?.trim();
      })
      .map((control) => control.outerHTML),
  );
  assert.deepEqual(nameless, []);
});

test('only the end of an answer and errors speak up', async () => {
  await bench.open();
  await bench.chat('Hello');
  const live = bench.page.locator('output, [role=status], [role=log], [aria-live]');
  assert.deepEqual(await live.evaluateAll((all) => all.map(({ id }) => id)), ['announcer']);
});

test('where motion is to be reduced nothing is animated', async () => {
  await bench.page.emulateMedia({ reducedMotion: 'reduce' });
  await bench.open();
  await bench.send('Hello');
  await bench.page.locator('.slot').first().waitFor();
  assert.equal(await bench.page.evaluate(() => document.getAnimations().length), 0);
  await bench.ended('#chat');
});
