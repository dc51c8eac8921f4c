// The page's modules by themselves, in the browser that runs them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kScripted, set_up_bench } from './support.mjs';

const bench = set_up_bench();

/**
 * Calls a function of one of the page's modules.
 * @param {string} module @param {string} name @param {any[]} values
 */
async function call(module, name, ...values) {
  await bench.open();
  return bench.page.evaluate(
    async ([module, name, values]) => (await import(module))[name](...values),
    /** @type {[string, string, any[]]} */ ([new URL(module, bench.url).href, name, values]),
  );
}

/** @param {string[]} pieces */
async function events_of(pieces) {
  return bench.page.evaluate(
    async ([module, pieces]) => {
      const { parse_events } = await import(/** @type {string} */ (module));
      const events = [];
      for await (const event of parse_events(pieces)) events.push(event);
      return events;
    },
    /** @type {[string, string[]]} */ ([new URL('api.js', bench.url).href, pieces]),
  );
}

test('events are the same wherever the stream is cut, whatever its line ends', async () => {
  await bench.open();
  const stream = ': hello\n\nevent: a\ndata: {"x":\ndata: 1}\n\ndata: [DONE]\n\n';
  const expected = [
    { event: 'a', data: '{"x":\n1}' },
    { event: '', data: '[DONE]' },
  ];
  for (const end of ['\n', '\r\n']) {
    const text = stream.replaceAll('\n', end);
    for (let cut = 0; cut <= text.length; ++cut)
      assert.deepEqual(await events_of([text.slice(0, cut), text.slice(cut)]), expected);
    assert.deepEqual(await events_of([...text]), expected);
  }
});

test('an event that was not ended is not told', async () => {
  await bench.open();
  assert.deepEqual(await events_of(['data: 1\n\ndata: 2\n']), [{ event: '', data: '1' }]);
});

test('texts around holes', async () => {
  assert.deepEqual(await call('template.js', 'texts_of', 'a [[2]]b[[1-6]]'), ['a ', 'b', '']);
  assert.deepEqual(await call('template.js', 'texts_of', '\\[[2]] [[3]] [[x]]'), [
    '[[2]] ',
    ' [[x]]',
  ]);
  assert.deepEqual(await call('template.js', 'texts_of', ''), ['']);
});

test('holes are cut by bytes', async () => {
  const holes = [{ text: 'ü', begin: 3, end: 5 }];
  assert.deepEqual(await call('template.js', 'pieces_of', '☂ü', holes), [
    { text: '☂', filled: false },
    { text: 'ü', filled: true },
  ]);
});

test('tokens that cannot be seen have names', async () => {
  const texts = {
    ' cat': 'cat',
    s: '…s',
    '.': '.',
    '': '(end)',
    ' ': '(space)',
    '\n': '(new line)',
  };
  for (const [text, seen] of Object.entries(texts))
    assert.equal(await call('popover.js', 'visible', text), seen);
});

test('the words for a refusal', kScripted, async () => {
  assert.equal(await call('api.js', 'words_for', 400, 'top_p: above 1', null), 'top_p: above 1');
  assert.match(await call('api.js', 'words_for', 429, '', '1'), /in 1 second\.$/);
  assert.match(await call('api.js', 'words_for', 429, '', null), /Try again\.$/);
  assert.match(await call('api.js', 'words_for', 418, '', null), /status 418\.$/);
});
