// A server that speaks docs/serve.md with answers from a script, and serves the page as it is.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const kPage = new URL('../../src/serve/page/', import.meta.url);
/** @type {Record<string, string>} */
const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// Stricter than `default-src 'self'`.
const kPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @type {Record<string, string[]>} */
const kFields = {
  common: ['model', 'steps', 'temperature', 'top_p', 'seed', 'guidance_scale', 'stream', 'tess2'],
  '/v1/chat/completions': ['messages', 'max_tokens', 'stop', 'n', 'stream_options'],
  '/v1/infill': ['text', 'messages'],
};

const kStories = [
  'Sam had a red doll. One morning the doll fell on a stone and broke. He ran up the hill to ask' +
    ' Amy for help. "It is only a thread," said Amy, and the doll was whole again.',
  'There was a hill, and on the hill lived a doll. Sam climbed up every day to tell her what the' +
    ' boats had brought. In the evening they both looked at the sea.',
];
const kMarkup = [' <img src=x onerror=document.title="bad">', ' & <b>bold'];
const kNoise = [
  ' the',
  ' sea',
  ' little',
  ' stone',
  ' said',
  ' was',
  ' old',
  ' boat',
  ' and',
  ' a',
];

/**
 * @typedef {import('../../src/serve/page/api.js').Slot} Slot
 * @typedef {{path: string, body: any, authorization: string}} Asked
 * @typedef {{key?: string, can_guide?: boolean, step_ms?: number}} Options
 * @typedef {{status: number, message: string, param?: string, wait?: string}} Refusal
 */

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {string} text tokens: words with the space before them, and marks */
const tokens_of = (text) => text.match(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]/gu) ?? [];

/** Always the same number in [0, 1) for the same numbers. @param {number[]} keys */
function chance(...keys) {
  let state = 2166136261;
  for (const key of keys) state = Math.imul(state ^ (key + 0x9e3779b9), 16777619) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 2246822519) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
}

/**
 * A slot on its way from noise to `text`, which it takes at a step of its own.
 * @param {string} text
 * @param {number} index
 * @param {{step: number, steps: number, seed: number, alternatives: number}} at
 * @returns {Slot}
 */
function slot_of(text, index, { step, steps, seed, alternatives }) {
  const settled_at = 1 + Math.floor(chance(seed, index) * steps * 0.7);
  const taken = step >= settled_at;
  const done = Math.min(1, (step - settled_at + 1) / 3);
  const probability = taken
    ? 0.45 + 0.54 * done - 0.1 * chance(index)
    : 0.08 + 0.3 * chance(step, index);
  const noise = kNoise[Math.floor(chance(seed, index, step) * kNoise.length)];
  const others = kNoise.filter((word) => word !== text && word !== noise).slice(0, alternatives);
  return {
    position: 17 + index,
    id: 300 + index,
    text: taken ? text : noise,
    probability,
    entropy: (1 - probability) * 3,
    settled: taken && done === 1,
    settled_at: taken ? settled_at : step,
    alternatives: others.map((word, rank) => ({
      id: 400 + rank,
      text: word,
      probability: ((1 - probability) * 0.6) / 2 ** rank,
    })),
  };
}

/**
 * @param {any} body
 * @param {string[]} names fields that are known
 * @param {Options} options
 * @returns {Refusal | null}
 */
function refusal_of(body, names, options) {
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown) return { status: 400, message: `unknown field ${unknown}`, param: unknown };
  if (body.steps > 1000) return { status: 400, message: 'steps: at most 1000', param: 'steps' };
  if (body.guidance_scale && !options.can_guide)
    return { status: 400, message: 'no reward model', param: 'guidance_scale' };
  const text = body.text ?? body.messages.at(-1).content;
  const status = Number(/^fail (\d+)$/.exec(text)?.[1] ?? 0);
  if (status === 429) return { status, message: 'the queue is full', wait: '7' };
  if (status) return { status, message: `refused: ${status}`, param: 'messages[0].content' };
  if (body.text !== undefined && !/\[\[\d/.test(text))
    return { status: 400, message: 'the text has no hole', param: 'text' };
  return null;
}

/** @param {any} body */
const story_of = (body) => ` ${kStories[body.seed % 2]}`;

/**
 * The tokens that the slots end as, each with its hole; '' where a place stays unused.
 * @param {any} body
 */
function script_of(body) {
  if (body.text === undefined) {
    const tokens = body.messages.at(-1).content === 'markup' ? kMarkup : tokens_of(story_of(body));
    return tokens.map((text) => ({ text, hole: 0 }));
  }
  const fills = [[' little', ' cat'], [' small', ' house'], [' día']];
  const holes = [...body.text.matchAll(/(?<!\\)\[\[(\d+)(?:-(\d+))?\]\]/g)];
  return holes.flatMap(([, least, most], hole) =>
    Array.from({ length: Number(most ?? least) }, (_, index) => ({
      text: fills[hole % 3][index] ?? '',
      hole,
    })),
  );
}

/** @param {any} body @param {{text: string, hole: number}[]} script */
function filled(body, script) {
  const texts = body.text.split(/(?<!\\)\[\[\d+(?:-\d+)?\]\]/);
  const bytes = (/** @type {string} */ text) => Buffer.byteLength(text);
  /** @type {any[]} */
  const holes = [];
  let text = texts[0].replaceAll('\\[[', '[[');
  texts.slice(1).forEach((/** @type {string} */ after, /** @type {number} */ hole) => {
    const tokens = script.filter((slot) => slot.hole === hole && slot.text);
    const fill = tokens
      .map((token) => token.text)
      .join('')
      .trim();
    holes.push({ text: fill, begin: bytes(text), end: bytes(text + fill), tokens: tokens.length });
    text += fill + after.replaceAll('\\[[', '[[');
  });
  return { text, holes };
}

class Mock {
  /** @type {Asked[]} */
  requests = [];
  /** Streams whose client went away before their end. */
  cancelled = 0;
  url = '';

  /** @param {Options} options */
  constructor(options) {
    this.options = { key: '', can_guide: true, step_ms: 8, ...options };
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error) => response.destroy(error));
    });
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async answer(request, response) {
    const path = new URL(request.url ?? '/', 'http://mock').pathname;
    if (!path.startsWith('/v1/')) return this.file(path, response);
    const authorization = request.headers.authorization ?? '';
    if (this.options.key && authorization !== `Bearer ${this.options.key}`)
      return this.refuse(response, { status: 401, message: 'no valid key' });
    if (path === '/v1/models') return this.models(response);
    let text = '';
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    this.requests.push({ path, body, authorization });
    const refusal = refusal_of(body, [...kFields.common, ...kFields[path]], this.options);
    if (refusal) return this.refuse(response, refusal);
    return this.stream(body, response);
  }

  /** @param {string} path @param {import('node:http').ServerResponse} response */
  async file(path, response) {
    const name = path === '/' ? 'index.html' : path.slice(1);
    try {
      const content = await readFile(new URL(name, kPage));
      response.writeHead(200, {
        'Content-Type': kTypes[extname(name)],
        'Content-Security-Policy': kPolicy,
      });
      response.end(content);
    } catch {
      this.refuse(response, { status: 404, message: 'no such path' });
    }
  }

  /** @param {import('node:http').ServerResponse} response */
  models(response) {
    const tess2 = { length: 112, steps: 100, temperature: 1.0, top_p: 0.99, guidance_scale: 0 };
    const model = { id: 'tuned', object: 'model', created: 1764000000, owned_by: 'tess2' };
    const data = [{ ...model, tess2: { ...tess2, can_guide: this.options.can_guide } }];
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data }));
  }

  /** @param {import('node:http').ServerResponse} response @param {Refusal} refusal */
  refuse(response, { status, message, param = '', wait = '' }) {
    response.writeHead(status, {
      'Content-Type': 'application/json',
      ...(wait ? { 'Retry-After': wait } : {}),
    });
    response.end(JSON.stringify({ error: { message, type: 'error', param, code: null } }));
  }

  /** @param {any} body @param {import('node:http').ServerResponse} response */
  async stream(body, response) {
    const script = script_of(body);
    const steps = body.steps === 'auto' ? 100 : (body.steps ?? 20);
    const last = body.steps === 'auto' ? 12 : steps;
    const trouble = body.messages?.at(-1).content ?? '';
    const slow = trouble === 'slow' ? 20 : 1;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    for (let step = 1; step <= last; ++step) {
      await pause(this.options.step_ms * slow);
      if (response.destroyed) return void this.cancelled++;
      if (step === 4 && trouble === 'drop') {
        // What is still on its way when a connection breaks is lost.
        await new Promise((resolve) => setTimeout(resolve, 500));
        return void response.destroy();
      }
      if (step === 4 && trouble === 'break') {
        const error = { message: 'the answer took longer than 60 s', type: 'timeout', param: null };
        return void response.end(`data: ${JSON.stringify({ error })}\n\n`);
      }
      sent = this.step(body, response, script, { step, steps, last, sent });
    }
    this.end(body, response, script, last, sent);
  }

  /**
   * @param {any} body @param {import('node:http').ServerResponse} response
   * @param {{text: string, hole: number}[]} script
   * @param {{step: number, steps: number, last: number, sent: number}} at
   * @returns {number} how many tokens are committed and sent
   */
  step(body, response, script, { step, steps, last, sent }) {
    const at = { step, steps: last, seed: body.seed, alternatives: body.tess2.alternatives };
    const slots = script.map(({ text, hole }, index) => ({ ...slot_of(text, index, at), hole }));
    const stable = slots.findIndex((slot) => !slot.settled || step < slot.settled_at + 3);
    const committed = body.tess2.commit ? Math.max(sent, stable < 0 ? slots.length : stable) : 0;
    const frame = { object: 'tess2.canvas', id: 'x', index: 0, step, steps, committed, slots };
    response.write(`event: tess2.canvas\ndata: ${JSON.stringify(frame)}\n\n`);
    if (body.text === undefined && committed > sent)
      this.say(response, script.slice(sent, committed), sent === 0);
    return committed;
  }

  /**
   * @param {import('node:http').ServerResponse} response
   * @param {{text: string}[]} tokens @param {boolean} first
   */
  say(response, tokens, first) {
    const text = tokens.map((token) => token.text).join('');
    // The beginning of an answer has no space before it, its first token has.
    const delta = { content: first ? text.trimStart() : text };
    const chunk = { object: 'chat.completion.chunk', choices: [{ index: 0, delta }] };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }

  /**
   * @param {any} body @param {import('node:http').ServerResponse} response
   * @param {{text: string, hole: number}[]} script @param {number} steps @param {number} sent
   */
  end(body, response, script, steps, sent) {
    const usage = { prompt_tokens: 17, completion_tokens: script.length, total_tokens: 99 };
    const tess2 = {
      seeds: [body.seed],
      steps: [steps],
      queue_ms: 0.1,
      compute_ms: 210,
      total_ms: 211,
    };
    if (body.text === undefined) this.say(response, script.slice(sent), sent === 0);
    const result = body.text === undefined ? { choices: [] } : filled(body, script);
    response.write(`data: ${JSON.stringify({ ...result, usage, tess2 })}\n\n`);
    response.end('data: [DONE]\n\n');
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

/**
 * Listens on a port that the system picks.
 * @param {Options} [options]
 */
export async function start_mock(options = {}) {
  const mock = new Mock(options);
  await new Promise((done) => mock.server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (mock.server.address());
  mock.url = `http://127.0.0.1:${address.port}/`;
  return mock;
}
