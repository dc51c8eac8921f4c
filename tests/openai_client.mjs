// The package `openai`, as it is, against `tess2 serve`.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { start_server } from './serve/support.mjs';

/** @typedef {import('./serve/support.mjs').Server} Server */

const kKey = 'a key of the test';
const kModel = 'tiny';
const kQuestion = {
  model: kModel,
  messages: [{ role: /** @type {const} */ ('user'), content: 'Hello' }],
};
const kText = { model: kModel, prompt: 'There was' };
// Tokens of a model that knows nothing are never likely; so the beginning is fixed all the same.
const kCommitting = { 'commit.stable_steps': 1, 'commit.probability': 0, steps: 20 };
// More steps than any test has time for.
const kEndless = 1000000;

/** What is no field of OpenAI's. @param {object} fields */
const extra = (fields) => /** @type {{}} */ (fields);

/** @param {Server} server @param {string} [key] */
const client_of = (server, key = kKey) =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 });

/** @template T @param {AsyncIterable<T>} stream */
async function all_of(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** @param {any} reply */
const seeds_of = (reply) => /** @type {number[]} */ (reply.tess2.seeds);

/**
 * @param {Promise<unknown>} asked
 * @param {new (...values: any[]) => InstanceType<typeof OpenAI.APIError>} type
 * @param {string | null} param
 */
async function refused(asked, type, param) {
  const error = await asked.then(
    () => assert.fail('it was answered'),
    (error) => error,
  );
  assert.ok(error instanceof type, `${error}`);
  assert.equal(error.param, param);
  if (param) assert.ok(error.message.includes(param), error.message);
  return error;
}

/** @type {Server} */
let server;
/** @type {OpenAI} */
let client;
before(async () => {
  const settings = { ...kCommitting, name: kModel, max_steps: kEndless };
  server = await start_server(settings, { TESS2_API_KEY: kKey });
  client = client_of(server);
});
after(async () => {
  try {
    await server.stop();
  } finally {
    server.kill();
  }
});

describe('chat completions', () => {
  test('an answer has the shape that the package tells', async () => {
    const reply = await client.chat.completions.create({ ...kQuestion, seed: 7 });
    assert.equal(reply.object, 'chat.completion');
    assert.match(reply.id, /^chatcmpl-/);
    assert.equal(reply.model, kModel);
    assert.ok(Math.abs(reply.created - Date.now() / 1000) < 600);
    assert.equal(reply.choices.length, 1);
    const [choice] = reply.choices;
    assert.equal(choice.index, 0);
    assert.equal(choice.message.role, 'assistant');
    assert.ok(choice.message.content);
    assert.ok(['stop', 'length'].includes(choice.finish_reason));
    assert.ok(reply.usage);
    const { prompt_tokens, completion_tokens, total_tokens } = reply.usage;
    assert.ok(prompt_tokens > 0 && completion_tokens > 0);
    assert.equal(total_tokens, prompt_tokens + completion_tokens);
  });

  test('a dialogue is more than its last message', async () => {
    const messages = [
      { role: /** @type {const} */ ('system'), content: 'Be short.' },
      {
        role: /** @type {const} */ ('user'),
        content: [{ type: /** @type {const} */ ('text'), text: 'One' }],
      },
      { role: /** @type {const} */ ('assistant'), content: 'Two' },
      ...kQuestion.messages,
    ];
    const long = await client.chat.completions.create({ ...kQuestion, messages, seed: 7 });
    const short = await client.chat.completions.create({ ...kQuestion, seed: 7 });
    assert.ok((long.usage?.prompt_tokens ?? 0) > (short.usage?.prompt_tokens ?? 0));
  });

  test('a stream says the same in pieces', async () => {
    for (const seed of [1, 2, 3]) {
      const whole = await client.chat.completions.create({ ...kQuestion, seed });
      const stream = await client.chat.completions.create({ ...kQuestion, seed, stream: true });
      const chunks = await all_of(stream);
      assert.ok(chunks.every((chunk) => chunk.object === 'chat.completion.chunk'));
      assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
      assert.equal(chunks[0].choices[0].delta.role, 'assistant');
      const pieces = chunks.map((chunk) => chunk.choices[0].delta.content).filter(Boolean);
      assert.equal(pieces.join(''), whole.choices[0].message.content);
      assert.ok(pieces.length > 1, 'nothing came before the end');
      const reasons = chunks.map((chunk) => chunk.choices[0].finish_reason);
      assert.ok(reasons.slice(0, -1).every((reason) => reason === null));
      assert.equal(reasons.at(-1), whole.choices[0].finish_reason);
      assert.deepEqual(seeds_of(chunks.at(-1)), [seed]);
    }
  });

  test('without commitment a stream says the same in one piece', async () => {
    const fields = { ...kQuestion, seed: 4, ...extra({ tess2: { commit: false } }) };
    const whole = await client.chat.completions.create(fields);
    const chunks = await all_of(await client.chat.completions.create({ ...fields, stream: true }));
    const pieces = chunks.map((chunk) => chunk.choices[0].delta.content).filter(Boolean);
    assert.deepEqual(pieces, [whole.choices[0].message.content]);
  });

  test("the package's own reader of streams puts the answer together", async () => {
    const fields = { ...kQuestion, seed: 5, n: 2 };
    const whole = await client.chat.completions.create(fields);
    const stream = client.chat.completions.stream(fields);
    const put_together = await stream.finalChatCompletion();
    for (const index of [0, 1]) {
      const [expected, found] = [whole, put_together].map((reply) => reply.choices[index]);
      assert.equal(found.message.content, expected.message.content);
      assert.equal(found.finish_reason, expected.finish_reason);
    }
  });

  test('usage comes last in a stream that asks for it', async () => {
    const whole = await client.chat.completions.create({ ...kQuestion, seed: 7 });
    const chunks = await all_of(
      await client.chat.completions.create({
        ...kQuestion,
        seed: 7,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const last = chunks.pop();
    assert.deepEqual(last?.choices, []);
    assert.deepEqual(last?.usage, whole.usage);
    assert.ok(chunks.every((chunk) => chunk.usage === null && chunk.choices.length === 1));
  });

  test('canvases come between the chunks, as the package reads events', async () => {
    const fields = { ...kQuestion, seed: 7, steps: 5, tess2: { canvas: true, alternatives: 1 } };
    const stream = await client.chat.completions.create({ ...fields, stream: true });
    const canvases = /** @type {any[]} */ (await all_of(stream)).filter(
      (chunk) => chunk.object === 'tess2.canvas',
    );
    assert.ok(canvases.length > 0);
    assert.ok(canvases.every((canvas) => canvas.step <= 5 && Array.isArray(canvas.slots)));
  });

  test('each of n answers can be had alone', async () => {
    const both = await client.chat.completions.create({ ...kQuestion, n: 2, seed: 7 });
    assert.deepEqual(
      both.choices.map((choice) => choice.index),
      [0, 1],
    );
    const seeds = seeds_of(both);
    assert.equal(seeds[0], 7);
    let tokens = 0;
    for (const [index, seed] of seeds.entries()) {
      const one = await client.chat.completions.create({ ...kQuestion, seed });
      assert.equal(one.choices[0].message.content, both.choices[index].message.content);
      tokens += one.usage?.completion_tokens ?? 0;
    }
    assert.notEqual(both.choices[0].message.content, both.choices[1].message.content);
    assert.equal(both.usage?.completion_tokens, tokens);
  });

  test('an answer ends before a stop text', async () => {
    const whole = await client.chat.completions.create({ ...kQuestion, seed: 7 });
    const text = whole.choices[0].message.content ?? '';
    const stop = /[a-zA-Z]{2}/.exec(text.slice(5))?.[0] ?? assert.fail(`no word in ${text}`);
    const fields = { ...kQuestion, seed: 7, stop: [stop, 'not in the text'] };
    const stopped = await client.chat.completions.create(fields);
    assert.equal(stopped.choices[0].message.content, text.slice(0, text.indexOf(stop)));
    assert.equal(stopped.choices[0].finish_reason, 'stop');
    const chunks = await all_of(await client.chat.completions.create({ ...fields, stream: true }));
    const pieces = chunks.map((chunk) => chunk.choices[0].delta.content ?? '');
    assert.equal(pieces.join(''), stopped.choices[0].message.content);
  });

  for (const field of ['max_tokens', 'max_completion_tokens']) {
    test(`${field} bounds an answer`, async () => {
      const reply = await client.chat.completions.create({ ...kQuestion, seed: 7, [field]: 5 });
      const tokens = reply.usage?.completion_tokens ?? 0;
      assert.ok(tokens <= 5);
      if (tokens === 5) assert.equal(reply.choices[0].finish_reason, 'length');
    });
  }

  test('the seed decides the text, and one that was drawn is told', async () => {
    /** @param {object} fields */
    const ask = async (fields) => {
      const reply = await client.chat.completions.create({ ...kQuestion, ...fields });
      return { text: reply.choices[0].message.content, seed: seeds_of(reply)[0] };
    };
    assert.deepEqual(await ask({ seed: 7 }), await ask({ seed: 7 }));
    assert.notEqual((await ask({ seed: 7 })).text, (await ask({ seed: 8 })).text);
    const drawn = await ask({});
    assert.deepEqual(await ask({ seed: drawn.seed }), drawn);
    assert.notEqual((await ask({})).seed, drawn.seed);
  });

  test('a reward model steers the answer', async () => {
    const fields = { ...kQuestion, seed: 7, steps: 5 };
    const plain = await client.chat.completions.create(fields);
    const guided = await client.chat.completions.create({
      ...fields,
      ...extra({ guidance_scale: 1000 }),
    });
    assert.notEqual(guided.choices[0].message.content, plain.choices[0].message.content);
  });
});

describe('text completions', () => {
  test('a stream says the same as an answer in one piece', async () => {
    // How soon a text settles is up to its seed: of several, some come in pieces.
    let mostPieces = 0;
    for (const seed of [3, 4, 5, 6, 7, 8]) {
      const whole = await client.completions.create({ ...kText, seed });
      assert.equal(whole.object, 'text_completion');
      assert.match(whole.id, /^cmpl-/);
      assert.ok(whole.choices[0].text);
      const chunks = await all_of(
        await client.completions.create({ ...kText, seed, stream: true }),
      );
      assert.ok(chunks.every((chunk) => chunk.object === 'text_completion'));
      const pieces = chunks.map((chunk) => chunk.choices[0].text);
      assert.equal(pieces.join(''), whole.choices[0].text);
      mostPieces = Math.max(mostPieces, pieces.filter(Boolean).length);
      assert.equal(chunks.at(-1)?.choices[0].finish_reason, whole.choices[0].finish_reason);
    }
    assert.ok(mostPieces > 1, 'nothing came before the end');
  });

  test('a list of one prompt is that prompt, and of two is refused', async () => {
    const [one, listed] = await Promise.all(
      [kText.prompt, [kText.prompt]].map((prompt) =>
        client.completions.create({ ...kText, prompt, seed: 3 }),
      ),
    );
    assert.equal(listed.choices[0].text, one.choices[0].text);
    await refused(
      client.completions.create({ ...kText, prompt: ['a', 'b'] }),
      BadRequestError,
      'prompt',
    );
  });
});

describe('models', () => {
  test('the list has the one that is loaded', async () => {
    const models = await all_of(client.models.list());
    assert.deepEqual(
      models.map(({ id, object, owned_by }) => ({ id, object, owned_by })),
      [{ id: kModel, object: 'model', owned_by: 'tess2' }],
    );
    assert.deepEqual({ ...(await client.models.retrieve(kModel)) }, { ...models[0] });
  });

  test('others are not found', async () => {
    await refused(client.models.retrieve('gpt-4'), NotFoundError, 'model');
    const asked = client.chat.completions.create({ ...kQuestion, model: 'gpt-4' });
    const error = await refused(asked, NotFoundError, 'model');
    assert.equal(error.code, 'model_not_found');
  });
});

describe('errors', () => {
  const tool = { type: /** @type {const} */ ('function'), function: { name: 'look' } };
  /** @type {[string, object][]} */
  const kBad = [
    ['response_format', { response_format: { type: 'json_object' } }],
    ['tools', { tools: [tool] }],
    ['tool_choice', { tool_choice: 'required' }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 3: 1 } }],
    ['presence_penalty', { presence_penalty: 0.5 }],
    ['max_tokens', { max_tokens: -1 }],
    ['temperature', { temperature: 'hot' }],
    ['n', { n: 0 }],
    ['stop[1]', { stop: ['a', 2] }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['messages', { messages: [] }],
    ['messages[0].content', { messages: [{ role: 'user', content: '' }] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages', { messages: [{ role: 'user', content: 'word '.repeat(200) }] }],
    ['tess2.canvas', { tess2: { canvas: true } }],
    ['sed', { sed: 1 }],
  ];
  for (const [param, fields] of kBad) {
    test(`${JSON.stringify(fields).slice(0, 60)} is refused`, async () => {
      const asked = client.chat.completions.create({ ...kQuestion, ...fields });
      const error = await refused(asked, BadRequestError, param);
      assert.equal(error.type, 'invalid_request_error');
    });
  }

  test('what asks for nothing is accepted', async () => {
    const idle = { logprobs: false, presence_penalty: 0, user: 'a', store: false, tools: [] };
    await client.chat.completions.create({
      ...kQuestion,
      ...idle,
      response_format: { type: 'text' },
    });
  });

  test('a wrong key is told from a right one', async () => {
    const stranger = client_of(server, 'another');
    const asked = stranger.chat.completions.create(kQuestion);
    const error = await refused(asked, AuthenticationError, null);
    assert.equal(error.code, 'invalid_api_key');
    await refused(all_of(stranger.models.list()), AuthenticationError, null);
  });
});

describe('streams that their client leaves', () => {
  const endless = { ...kQuestion, steps: kEndless, tess2: { commit: false } };

  test('abort ends the work', async () => {
    const before = await server.metrics(kKey);
    const stream = await client.chat.completions.create({ ...endless, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.choices[0].delta.role, 'assistant');
      break;
    }
    stream.controller.abort();
    await server.quiet(kKey);
    const gone = 'requests_total{path="/v1/chat/completions",status="499"}';
    const now = await server.metrics(kKey);
    assert.equal(now[gone], (before[gone] ?? 0) + 1);
    assert.ok(now.steps_total - before.steps_total < kEndless);
  });

  test('a full queue refuses, and says how long to wait', async () => {
    const settings = { max_active: 1, max_waiting: 1, max_n: 1, max_steps: kEndless };
    const small = await start_server({ ...settings, name: kModel });
    try {
      const impatient = client_of(small);
      const ask = () => impatient.chat.completions.create({ ...endless, stream: true });
      const streams = [await ask(), await ask()];
      const error = await refused(ask(), RateLimitError, null);
      assert.equal(error.code, 'queue_full');
      assert.ok(Number(error.headers?.get('retry-after')) >= 1);
      for (const stream of streams) stream.controller.abort();
      await small.quiet();
      await impatient.chat.completions.create({ ...kQuestion, ...extra({ steps: 2 }) });
      await small.stop();
    } finally {
      small.kill();
    }
  });
});
