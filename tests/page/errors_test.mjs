// What goes wrong is told in words, and nothing that was shown is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kScripted, set_up_bench } from './support.mjs';

const bench = set_up_bench();

/** @param {string} prompt */
async function problem_of(prompt) {
  bench.refusals = true;
  await bench.open();
  await bench.chat(prompt);
  return bench.page.locator('.answer .problem').last().textContent();
}

for (const [prompt, words] of [
  ['fail 408', /took too long to arrive/],
  ['fail 413', /larger than the server takes/],
  ['fail 429', /too much to do\. Try again in 7 seconds\./],
  ['fail 500', /refused with status 500\. The server says: refused: 500/],
  ['fail 503', /is shutting down/],
  ['fail 504', /longer than the server allows/],
]) {
  test(`${prompt} has words`, kScripted, async () => {
    assert.match(
      (await problem_of(/** @type {string} */ (prompt))) ?? '',
      /** @type {RegExp} */ (words),
    );
    assert.ok(await bench.page.getByRole('button', { name: 'Send' }).isVisible());
  });
}

test('a refused value is told beside its field in the words of the server', kScripted, async () => {
  bench.refusals = true;
  await bench.open();
  await bench.page.fill('#steps', '2000');
  await bench.chat('Hello');
  assert.equal(await bench.page.locator('#steps-error').textContent(), 'steps: at most 1000');
  assert.equal(await bench.page.getAttribute('#steps', 'aria-invalid'), 'true');
  await bench.page.fill('#steps', '5');
  await bench.page.getByRole('button', { name: 'Regenerate with a new seed' }).click();
  await bench.ended('#chat');
  assert.equal(await bench.page.locator('#steps-error').textContent(), '');
  assert.match(await bench.summary(), /^5 steps/);
});

test(
  'a refused message is told under the message, and is not sent again as history',
  kScripted,
  async () => {
    await problem_of('fail 400');
    assert.equal(await bench.page.locator('#message-error').textContent(), 'refused: 400');
    await bench.chat('Hello');
    assert.equal(bench.asked.body.messages.length, 1);
    assert.equal(await bench.page.locator('#message-error').textContent(), '');
  },
);

test('an error in the middle keeps what was shown', kScripted, async () => {
  const words = await problem_of('break');
  assert.equal(words, 'The answer broke off: the answer took longer than 60 s');
  assert.ok((await bench.canvas().textContent())?.trim());
  assert.match(await bench.summary(), /^broken off · 3 steps/);
});

test('a connection that is lost in the middle keeps what was shown', kScripted, async () => {
  const words = await problem_of('drop');
  assert.equal(words, 'The connection was lost. What had come until then is shown.');
  const kept = Number(await bench.page.locator('.replay input').getAttribute('max'));
  assert.ok(kept >= 1 && kept <= 3, `${kept} of 3 steps are kept`);
});

test('a server that is gone has words', kScripted, async () => {
  bench.refusals = true;
  await bench.open();
  await bench.mock.close();
  await bench.chat('Hello');
  assert.match(
    (await bench.page.locator('.answer .problem').textContent()) ?? '',
    /^The server cannot be reached/,
  );
});

test('a key is asked for, refused where it is wrong, kept for the session', kScripted, async () => {
  bench.refusals = true;
  bench.mock.options.key = 'secret';
  await bench.page.goto(bench.url);
  const key = bench.page.getByLabel('This server asks for a key');
  await key.waitFor();
  assert.equal(await bench.page.evaluate(() => window.scrollY), 0);
  await key.fill('guess');
  await key.press('Enter');
  await bench.page.getByText('The server does not know this key.').waitFor();
  await key.fill('secret');
  await key.press('Enter');
  await bench.page.locator('#model:not(:empty)').waitFor();
  assert.ok(await key.isHidden());
  await bench.page.reload();
  await bench.page.locator('#model:not(:empty)').waitFor();
  await bench.chat('Hello');
  assert.equal(bench.asked.authorization, 'Bearer secret');
});

test('a key that the server stops knowing is asked for again', kScripted, async () => {
  bench.refusals = true;
  await bench.open();
  bench.mock.options.key = 'secret';
  await bench.chat('Hello');
  assert.match((await bench.page.locator('.answer .problem').textContent()) ?? '', /wants a key/);
  await bench.page.getByLabel('This server asks for a key').fill('secret');
  await bench.page.getByRole('button', { name: 'Use it' }).click();
  await bench.page.locator('#key-form').waitFor({ state: 'hidden' });
  await bench.page.getByRole('button', { name: 'Regenerate with the same seed' }).click();
  await bench.page.locator('.answer.ended').waitFor();
  assert.equal(await bench.page.locator('.answer .problem').textContent(), '');
});
