// Requests that are wrong, each with the refusal that it must get.
import assert from 'node:assert/strict';
import { connect } from 'node:net';

/** @typedef {import('./support.mjs').Server} Server */
/** @typedef {{name: string, leaves?: boolean, ask: (server: Server) => Promise<void>}} Bad */

/** The `max_body_bytes` of a server that these are for. */
export const kMaxBody = 20000;

const kChat = '/v1/chat/completions';
const kText = '/v1/completions';
const kInfill = '/v1/infill';
/** @param {string} content */
const dialogue = (content) => ({ messages: [{ role: 'user', content }] });

/**
 * @param {Promise<Response>} asked
 * @param {number} status
 * @param {string | null} param
 * @param {RegExp} message
 */
async function check_refusal(asked, status, param, message) {
  const response = await asked;
  const text = await response.text();
  assert.equal(response.status, status, text);
  const { error } = JSON.parse(text);
  assert.equal(error.param, param);
  assert.match(error.message, message);
}

/** @returns {Bad[]} a field that is not right */
function bad_fields() {
  const chat = dialogue('Hello');
  /** @type {[string, any, number, string, RegExp?][]} */
  const cases = [
    [kChat, { ...chat, seed: 'seven' }, 400, 'seed'],
    [kChat, { ...chat, temperature: [1] }, 400, 'temperature'],
    [kChat, { messages: 'Hello' }, 400, 'messages'],
    [kChat, dialogue('word '.repeat(1000)), 400, 'messages'],
    [kChat, { messages: [{ role: 'user' }] }, 400, 'messages[0].content'],
    [kText, { prompt: 5 }, 400, 'prompt'],
    [kText, {}, 400, 'prompt'],
    [kInfill, { text: null }, 400, 'text'],
    [kChat, { ...chat, model: 'gpt-4' }, 404, 'model'],
    [kText, { prompt: 'a', model: '' }, 404, 'model'],
    [kChat, { ...chat, max_tokens: -1 }, 400, 'max_tokens'],
    [kChat, { ...chat, steps: -5 }, 400, 'steps'],
    [kChat, { ...chat, n: -2 }, 400, 'n'],
    [kChat, { ...chat, steps: 1e9 }, 400, 'steps'],
    [kInfill, { text: 'a [[0]] b' }, 400, 'text'],
    [kInfill, { text: 'a [[5-2]] b' }, 400, 'text'],
    [kInfill, { text: 'a [[x' }, 400, 'text'],
    [kInfill, { text: 'no hole' }, 400, 'text'],
    [kChat, { ...chat, temprature: 1 }, 400, 'temprature', /did you mean temperature/],
    [kChat, { ...chat, stream: true, tess2: { canvs: true } }, 400, 'tess2.canvs', /canvas/],
    [kChat, { ...chat, tools: [{}] }, 400, 'tools'],
  ];
  return cases.map(([path, body, status, param, message]) => ({
    name: `${path} ${JSON.stringify(body).slice(0, 80)}`,
    ask: (server) =>
      check_refusal(
        server.post(path, body),
        status,
        param,
        message ?? new RegExp(`^${param.replace(/[[\].]/g, '\\$&')}`),
      ),
  }));
}

/** @returns {Bad[]} a body or a head that is not right */
function bad_bodies() {
  const json = { 'Content-Type': 'application/json' };
  /** @type {[string, RequestInit, number, RegExp][]} */
  const cases = [
    ['broken JSON', { body: '{"messages": [{"role": "user"' }, 400, /^the body: .*not JSON/],
    ['an empty body', { body: '' }, 400, /^the body: .*nothing/],
    ['a list', { body: '[1]' }, 400, /^the body: .*a list/],
    ['deep JSON', { body: '['.repeat(5000) }, 400, /^the body: .*nested/],
    ['bad UTF-8', { body: Buffer.from('{"messages": "\xc3\x28\xff"}', 'latin1') }, 400, /UTF-8/],
    ['a large body', { body: 'x'.repeat(50 * kMaxBody) }, 413, /^the body: .*20000 bytes/],
    [
      'another type',
      { body: '{}', headers: { 'Content-Type': 'text/plain' } },
      415,
      /^Content-Type/,
    ],
  ];
  return cases.map(([name, options, status, message]) => ({
    name,
    ask: (server) =>
      check_refusal(
        server.fetch(kChat, { method: 'POST', headers: json, ...options }),
        status,
        null,
        message,
      ),
  }));
}

/** @returns {Bad[]} */
function bad_paths() {
  return [
    {
      name: 'a wrong method',
      ask: (server) => check_refusal(server.fetch(kChat), 405, null, /POST, found GET/),
    },
    {
      name: 'another wrong method',
      ask: (server) =>
        check_refusal(server.fetch('/v1/models', { method: 'DELETE' }), 405, null, /found DELETE/),
    },
    {
      name: 'an unknown path',
      ask: (server) =>
        check_refusal(server.post('/v1/embeddings', {}), 404, null, /\/v1\/embeddings/),
    },
    {
      name: 'an unknown model',
      ask: (server) => check_refusal(server.fetch('/v1/models/x'), 404, 'model', /no such model/),
    },
  ];
}

/**
 * What comes back for bytes that no client of HTTP would send, until the server ends it.
 * @param {Server} server
 * @param {string} bytes
 * @returns {Promise<string>}
 */
function reply_to_bytes(server, bytes) {
  return new Promise((done) => {
    let reply = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (reply += data));
    socket.on('error', () => {});
    socket.on('close', () => done(reply));
  });
}

/** @returns {Bad[]} connections that stall or speak something else */
function bad_connections() {
  const head = `POST ${kChat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  /** @type {[string, string, RegExp][]} */
  const cases = [
    ['a body that stalls', `${head}Content-Length: 100\r\n\r\n{"mess`, /^HTTP\/1\.1 408 /],
    ['a chunk that stalls', `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{`, /^HTTP\/1\.1 408 /],
    ['a head that stalls', head, /^HTTP\/1\.1 408 /],
    ['a line that stalls', 'POST /v1/chat/comp', /^$/],
    ['no HTTP', 'what is this?\r\n\r\n', /^HTTP\/1\.1 400 /],
  ];
  return cases.map(([name, bytes, expected]) => ({
    name,
    ask: async (server) => assert.match(await reply_to_bytes(server, bytes), expected),
  }));
}

/** @returns {Bad[]} clients that leave in the middle of a stream */
function leaving_clients() {
  const endless = { steps: 100000, seed: 1, stream: true };
  /** @type {[string, any][]} */
  const cases = [
    [kChat, { ...dialogue('Hello'), ...endless, tess2: { commit: false, canvas: true } }],
    [kInfill, { text: 'a [[20]] b', ...endless, tess2: { canvas: true } }],
    [kChat, { ...dialogue('Hello'), ...endless, n: 2, tess2: { commit: false } }],
  ];
  return cases.map(([path, body]) => ({
    name: `${path} that its client leaves`,
    leaves: true,
    ask: async (server) => {
      const client = new AbortController();
      const response = await server.post(path, body, { signal: client.signal });
      assert.equal(response.status, 200);
      const first = await response.body?.getReader().read();
      assert.ok(first?.value?.length, 'the stream ended before it began');
      client.abort();
    },
  }));
}

/** One of each kind. */
export const all_bad_requests = () => [
  ...[...bad_fields(), ...bad_bodies(), ...bad_paths()],
  ...[...bad_connections(), ...leaving_clients()],
];
