// Requests that are right, and what their replies say.
import assert from 'node:assert/strict';
import { events_of } from './support.mjs';

/** @typedef {import('./support.mjs').Server} Server */
/** @typedef {{name: string, path: string, body: any, answer: string}} Good */

const kChat = '/v1/chat/completions';
const kText = '/v1/completions';
const kInfill = '/v1/infill';
/** @param {string} content */
const dialogue = (content) => ({ messages: [{ role: 'user', content }] });
const kWords = ['cat', 'dog sun', 'milk duck sleep', 'The lamp is on.', '“ö” – 日本'];

/** Different requests, each without its answer yet. @returns {Omit<Good, 'answer'>[]} */
function good_requests() {
  return kWords.flatMap((words, i) => {
    const chat = { ...dialogue(words), seed: i, steps: 4 + 3 * i };
    const text = { prompt: words, seed: 10 + i, steps: 5 + i, max_tokens: 10 };
    const holes = { text: `One [[3]], ${words} and [[1-6]].`, seed: 20 + i, steps: 6 };
    const canvas = { stream: true, tess2: { canvas: true, alternatives: i } };
    const blocks = { tess2: { block_length: 4 + i } };
    return [
      { name: 'chat', path: kChat, body: chat },
      { name: 'chat, streamed', path: kChat, body: { ...chat, stream: true } },
      { name: 'chat with canvas', path: kChat, body: { ...chat, ...canvas } },
      { name: 'chat without commitment', path: kChat, body: { ...chat, tess2: { commit: false } } },
      { name: 'in blocks', path: kChat, body: { ...chat, ...blocks } },
      { name: 'in blocks, streamed', path: kChat, body: { ...chat, ...blocks, stream: true } },
      { name: 'two answers', path: kChat, body: { ...chat, n: 2 } },
      { name: 'two answers, streamed', path: kChat, body: { ...chat, n: 2, stream: true } },
      { name: 'guided', path: kChat, body: { ...chat, steps: 3, guidance_scale: 50 } },
      { name: 'stopped', path: kChat, body: { ...chat, stop: ['a', '. '] } },
      { name: 'completion', path: kText, body: text },
      { name: 'completion, streamed', path: kText, body: { ...text, stream: true } },
      { name: 'infill', path: kInfill, body: holes },
      { name: 'infill with canvas', path: kInfill, body: { ...holes, ...canvas } },
      { name: 'tokens', path: '/v1/tokenize', body: { text: words } },
      { name: 'models', path: '/v1/models', body: null },
    ];
  });
}

/** What a reply says, without what differs from time to time. @param {any} reply */
function lasting({ id, created, tess2, ...reply }) {
  const { seeds, steps } = tess2 ?? {};
  return { ...reply, seeds, steps };
}

/** A streamed answer as the reply that it would have been. @param {any[]} chunks */
function put_together(chunks) {
  /** @type {Record<number, any>} */
  const choices = {};
  for (const { index, delta, text, finish_reason } of chunks.flatMap((chunk) => chunk.choices)) {
    const choice = (choices[index] ??= { index, text: '' });
    choice.text += text ?? delta.content ?? '';
    choice.finish_reason = finish_reason;
  }
  return { ...lasting(chunks.at(-1)), choices: Object.values(choices) };
}

/** Canvases may be left out, but not be wrong. @param {any[]} canvases */
function check_canvases(canvases) {
  assert.ok(canvases.length > 0, 'no canvas came');
  const steps = canvases.map(({ step }) => step);
  assert.deepEqual(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
  );
  for (const { step, steps, slots } of canvases) assert.ok(step <= steps && Array.isArray(slots));
}

/** @param {Server} server @param {Omit<Good, 'answer'>} good */
export async function answer_of(server, { path, body }) {
  const response = body ? await server.post(path, body) : await server.fetch(path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  if (!body?.stream) return JSON.stringify(lasting(JSON.parse(text)));
  const events = events_of(text);
  const data = events.filter(({ name }) => !name).map((event) => event.data);
  if (body.tess2?.canvas)
    check_canvases(events.filter(({ name }) => name === 'tess2.canvas').map(({ data }) => data));
  return JSON.stringify(path === kInfill ? lasting(data[0]) : put_together(data));
}

/** What a stream must put together: the answer in one piece. @param {string} answer */
function as_streamed(answer) {
  const { choices, seeds, steps } = JSON.parse(answer);
  const texts = choices.map((/** @type {any} */ choice) => ({
    index: choice.index,
    text: choice.text ?? choice.message.content,
    finish_reason: choice.finish_reason,
  }));
  return { choices: texts, seeds, steps };
}

/** The requests with the answers that they get alone, streamed or not the same. @param {Server} server */
export async function answered_alone(server) {
  /** @type {Good[]} */
  const goods = [];
  for (const good of good_requests()) {
    const answer = await answer_of(server, good);
    const { stream, tess2, ...rest } = good.body ?? {};
    if (stream) {
      const body = tess2?.block_length ? { ...rest, tess2 } : rest;
      const whole = await answer_of(server, { ...good, body });
      if (good.path === kInfill) assert.equal(answer, whole);
      else {
        const { choices, seeds, steps } = JSON.parse(answer);
        assert.deepEqual({ choices, seeds, steps }, as_streamed(whole), good.name);
      }
    }
    goods.push({ ...good, answer });
  }
  return goods;
}
