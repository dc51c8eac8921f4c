// The controls: what they send, what they refuse, what they remember.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kScripted, set_up_bench } from './support.mjs';

const bench = set_up_bench();

test('fields that are left empty are left to the server, which is asked for its settings', async () => {
  await bench.open();
  for (const id of ['steps', 'temperature', 'top_p'])
    assert.match((await bench.page.getAttribute(`#${id}`, 'placeholder')) ?? '', /^[\d.]+$/);
});

test('without changes only the seed and the canvas are sent', kScripted, async () => {
  await bench.open();
  await bench.chat('Hello');
  const { messages, stream, stream_options, seed, ...rest } = bench.asked.body;
  assert.deepEqual(rest, { tess2: { canvas: true, alternatives: 5, commit: true } });
  assert.ok(Number.isInteger(seed));
  assert.equal(stream, true);
  assert.deepEqual(stream_options, { include_usage: true });
});

test('every control is in the request', kScripted, async () => {
  await bench.open();
  await bench.page.uncheck('#random');
  await bench.page.uncheck('#commit');
  const values = {
    ...{ steps: 7, temperature: 0.5, top_p: 0.25, seed: 42 },
    ...{ max_tokens: 30, guidance_scale: 12.5 },
  };
  for (const [id, value] of Object.entries(values)) await bench.page.fill(`#${id}`, String(value));
  await bench.chat('Hello');
  const { messages, stream, stream_options, ...rest } = bench.asked.body;
  const tess2 = { canvas: true, alternatives: 5, commit: false };
  assert.deepEqual(rest, { ...values, tess2 });
  assert.match(await bench.summary(), /^7 steps .* seed 42$/);
});

test('auto steps are asked for by their name', kScripted, async () => {
  await bench.open();
  await bench.page.check('#auto');
  assert.ok(await bench.page.isDisabled('#steps'));
  await bench.chat('Hello');
  assert.equal(bench.asked.body.steps, 'auto');
  assert.match(await bench.summary(), /^12 steps /);
  assert.equal(await bench.page.locator('.replay .step').textContent(), 'step 12 of 12');
});

test('guidance can only be set where the server has a reward model', kScripted, async () => {
  bench.mock.options.can_guide = false;
  await bench.open();
  assert.ok(await bench.page.isDisabled('#guidance_scale'));
  assert.ok(await bench.page.locator('#guidance_scale-hint').isVisible());
  await bench.chat('Hello');
  assert.equal('guidance_scale' in bench.asked.body, false);
});

for (const [id, value, words] of [
  ['steps', '0', 'a whole number from 1 up'],
  ['steps', '2.5', 'a whole number from 1 up'],
  ['temperature', 'warm', 'a number from 0 up'],
  ['temperature', '-1', 'a number from 0 up'],
  ['top_p', '1.5', 'a number from 0 to 1'],
  ['max_tokens', '0', 'a whole number from 1 up'],
]) {
  test(`${id} ${value} is told beside the field, and nothing is sent`, async () => {
    await bench.open();
    await bench.page.fill(`#${id}`, value);
    assert.equal(await bench.page.locator(`#${id}-error`).textContent(), words);
    await bench.send('Hello');
    assert.equal(await bench.page.getAttribute(`#${id}`, 'aria-invalid'), 'true');
    assert.ok(await bench.page.locator(`#${id}`).evaluate((e) => e === document.activeElement));
    assert.equal(await bench.page.locator('.turn').count(), 0);
    assert.equal(await bench.page.inputValue('#message'), 'Hello');
    await bench.page.fill(`#${id}`, '1');
    assert.equal(await bench.page.locator(`#${id}-error`).textContent(), '');
  });
}

test('the seed of the last answer is at hand once it is not drawn any more', async () => {
  await bench.open();
  await bench.chat('Hello');
  await bench.page.uncheck('#random');
  assert.equal(await bench.page.inputValue('#seed'), String(await bench.seed()));
});

test('the values are remembered, and can be taken back', async () => {
  await bench.open();
  await bench.page.fill('#temperature', '0.7');
  await bench.page.check('#auto');
  await bench.page.uncheck('#random');
  await bench.page.fill('#seed', '5');
  await bench.page.reload();
  assert.equal(await bench.page.inputValue('#temperature'), '0.7');
  assert.ok(await bench.page.isChecked('#auto'));
  assert.ok(await bench.page.isDisabled('#steps'));
  assert.equal(await bench.page.inputValue('#seed'), '5');
  await bench.page.click('#reset');
  assert.equal(await bench.page.inputValue('#temperature'), '');
  assert.ok(await bench.page.isChecked('#random'));
  assert.equal(await bench.page.isChecked('#auto'), false);
});

test('a browser that keeps nothing still shows the page', async () => {
  await bench.page.addInitScript(() => {
    const refuse = () => {
      throw new Error('storage is off');
    };
    for (const name of ['getItem', 'setItem'])
      Object.defineProperty(Storage.prototype, name, { value: refuse });
  });
  await bench.open();
  await bench.page.fill('#temperature', '0.5');
  await bench.chat('Hello');
  assert.ok(await bench.seed());
});
