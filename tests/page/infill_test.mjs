// Infilling: holes among given texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kScripted, set_up_bench } from './support.mjs';

const bench = set_up_bench();

test('two holes are filled and marked; the text around them stays', async () => {
  await bench.open('#/infill');
  await bench.fill_holes();
  const marks = bench.canvas('#infill').locator('mark');
  assert.equal(await marks.count(), 2);
  const text = (await bench.page.locator('#infill .answer .text').textContent()) ?? '';
  assert.match(text, /^Once there was a .*\. It lived in a .* by the sea\.$/s);
  assert.equal(await bench.page.locator('#infill .answer .text mark').count(), 2);
});

test('the marks hold what the server filled in', kScripted, async () => {
  await bench.open('#/infill');
  await bench.fill_holes();
  const marks = await bench.canvas('#infill').locator('mark').allTextContents();
  assert.deepEqual(marks, ['little cat', 'small house']);
  assert.equal(await bench.canvas('#infill').locator('.slot.unused:visible').count(), 0);
  assert.equal(await bench.page.locator('.answer.differs').count(), 0);
  const { seed, ...rest } = bench.asked.body;
  const text = 'Once there was a [[2]]. It lived in a [[1-6]] by the sea.';
  assert.deepEqual(rest, { text, stream: true, tess2: { canvas: true, alternatives: 5 } });
});

test('bytes are not characters, and an escaped hole is a text', kScripted, async () => {
  await bench.open('#/infill');
  await bench.page.fill('#template', 'Ünïcödé \\[[8]] – [[2]] ☂ [[3]], [[1]]!');
  await bench.fill_holes();
  const filled = 'Ünïcödé [[8]] – little cat ☂ small house, día!';
  assert.equal(await bench.page.locator('#infill .answer .text').textContent(), filled);
  assert.equal((await bench.canvas('#infill').textContent())?.trim(), filled);
  const marks = await bench.page.locator('#infill .answer .text mark').allTextContents();
  assert.deepEqual(marks, ['little cat', 'small house', 'día']);
});

test('the controls of an answer that holes have no use for are not sent', kScripted, async () => {
  await bench.open();
  await bench.page.fill('#max_tokens', 'none');
  await bench.page.fill('#steps', '9');
  await bench.page.click('#tab-infill');
  assert.ok(await bench.page.locator('#max_tokens').isHidden());
  await bench.fill_holes();
  assert.equal(bench.asked.body.steps, 9);
  assert.equal('max_tokens' in bench.asked.body, false);
});

test('alternatives and replay work in holes', async () => {
  await bench.open('#/infill');
  await bench.fill_holes();
  await bench.page.locator('#infill .slot:visible').first().hover();
  await bench.page.locator('#popover').waitFor();
  await bench.scrub(1);
  assert.match((await bench.page.locator('#infill .step').textContent()) ?? '', /^step 1 of \d+$/);
  assert.match((await bench.canvas('#infill').textContent()) ?? '', /^Once there was a /);
});

test('buttons insert holes at the cursor', async () => {
  await bench.open('#/infill');
  await bench.page.fill('#template', 'A  cat.');
  await bench.page.locator('#template').evaluate((area) => {
    /** @type {HTMLTextAreaElement} */ (area).setSelectionRange(2, 2);
  });
  await bench.page.getByRole('button', { name: 'Insert a hole of 4 tokens' }).click();
  assert.equal(await bench.page.inputValue('#template'), 'A [[4]] cat.');
  assert.ok(await bench.page.locator('#template').evaluate((e) => e === document.activeElement));
});

test('a text without holes is refused beside the text', kScripted, async () => {
  bench.refusals = true;
  await bench.open('#/infill');
  await bench.page.fill('#template', 'Nothing to fill.');
  await bench.page.press('#template', 'Control+Enter');
  await bench.ended('#infill');
  assert.equal(await bench.page.locator('#template-error').textContent(), 'the text has no hole');
  assert.equal(await bench.page.getAttribute('#template', 'aria-invalid'), 'true');
});

test('the same seed fills the same; a new one is drawn', async () => {
  await bench.open('#/infill');
  await bench.fill_holes();
  const [seed, text] = [await bench.seed(), await bench.canvas('#infill').textContent()];
  await bench.page.locator('#infill .same').click();
  await bench.ended('#infill');
  assert.equal(await bench.seed(), seed);
  assert.equal(await bench.canvas('#infill').textContent(), text);
  await bench.page.locator('#infill .new').click();
  await bench.ended('#infill');
  assert.notEqual(await bench.seed(), seed);
});
