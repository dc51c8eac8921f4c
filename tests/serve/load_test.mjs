// Masses of requests, a third of them bad: each gets what it would get alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all_bad_requests, kMaxBody } from './bad_requests.mjs';
import { answer_of, answered_alone } from './good_requests.mjs';
import { kSanitized, start_server } from './support.mjs';

/** @typedef {import('./support.mjs').Server} Server */
/** @typedef {import('./good_requests.mjs').Good} Good */

const kRequests = Number(process.env.LOAD_REQUESTS ?? 1000);
const kClients = 16;
const kSeed = Number(process.env.LOAD_SEED ?? 1);
const kReadSeconds = kSanitized ? 20 : 4;

/** Numbers in [0, 1), the same for the same seed. @param {number} seed */
function random_numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * @template T
 * @param {T[]} list
 * @param {() => number} random
 */
function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

/** @typedef {{name: string, leaves: boolean, ask: () => Promise<void>}} Task */

/**
 * `count` requests in an order of the seed, a third of them bad; of each kind about as many.
 * @param {Server} server
 * @param {Good[]} goods
 * @param {number} count
 * @param {() => number} random
 * @returns {Task[]}
 */
function make_tasks(server, goods, count, random) {
  const bads = all_bad_requests();
  shuffle(bads, random);
  shuffle(goods, random);
  const tasks = Array.from({ length: count }, (_, i) => {
    const bad = i % 3 === 0 ? bads[(i / 3) % bads.length] : null;
    const good = goods[(i - Math.ceil(i / 3)) % goods.length];
    if (bad) return { name: bad.name, leaves: !!bad.leaves, ask: () => bad.ask(server) };
    const ask = async () => assert.equal(await answer_of(server, good), good.answer);
    return { name: good.name, leaves: false, ask };
  });
  shuffle(tasks, random);
  return tasks;
}

/**
 * Each client asks one request after the other.
 * @param {Task[]} tasks
 * @param {string[]} failures what went wrong
 */
async function run_clients(tasks, failures) {
  let next = 0;
  const client = async () => {
    while (next < tasks.length) {
      const task = tasks[next++];
      await task
        .ask()
        .catch((error) => failures.push(`${task.name}: ${error} ${error.cause ?? ''}`));
    }
  };
  await Promise.all(Array.from({ length: kClients }, client));
}

/** What the server counted, by status. @param {Server} server */
async function statuses(server) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const [name, count] of Object.entries(await server.metrics())) {
    const status = /^requests_total\{path="(?!\/metrics)[^"]*",status="(\d+)"\}$/.exec(name)?.[1];
    if (status) counts[status] = (counts[status] ?? 0) + count;
  }
  return counts;
}

/** @param {number} bytes */
const megabytes = (bytes) => Number((bytes / 2 ** 20).toFixed(1));

/** @param {Server} server @param {(line: string) => void} tell */
async function load(server, tell) {
  const random = random_numbers(kSeed);
  const goods = await answered_alone(server);
  const before = await statuses(server);
  /** @type {string[]} */
  const failures = [];
  const tasks = make_tasks(server, goods, kRequests, random);
  const warm_up = Math.ceil(tasks.length / 3);
  const begin = Date.now();
  await run_clients(tasks.slice(0, warm_up), failures);
  await server.quiet();
  const warm = await server.resident();
  await run_clients(tasks.slice(warm_up), failures);
  const seconds = (Date.now() - begin) / 1000;
  await server.quiet();
  const end = await server.resident();
  tell(
    `${tasks.length} requests in ${seconds.toFixed(1)} s (${(tasks.length / seconds).toFixed(1)} a ` +
      `second), memory ${megabytes(warm)} MB after a third, ${megabytes(end)} MB at the end`,
  );
  assert.equal(failures.length, 0, `${failures.length} went wrong:\n${failures.join('\n')}`);
  return { goods, before, warm, end, left: tasks.filter(({ leaves }) => leaves).length };
}

test(`${kRequests} requests from ${kClients} clients`, async (context) => {
  const server = await start_server({
    'commit.stable_steps': 1,
    'commit.probability': 0,
    max_steps: 100000,
    max_body_bytes: kMaxBody,
    read_seconds: kReadSeconds,
  });
  try {
    const { goods, before, warm, end, left } = await load(server, (line) =>
      context.diagnostic(line),
    );
    const after = await statuses(server);
    context.diagnostic(`by status: ${JSON.stringify(after)}`);
    const answered = kRequests - Math.ceil(kRequests / 3);
    assert.equal(after[200] - before[200], answered, 'answers were lost');
    assert.equal(after[499] ?? 0, left, 'clients that left');
    assert.ok(!Object.keys(after).some((status) => Number(status) >= 500), JSON.stringify(after));
    assert.equal((await server.fetch('/health')).status, 200);
    for (const good of goods.slice(0, 5)) assert.equal(await answer_of(server, good), good.answer);
    await server.quiet();
    if (!kSanitized) assert.ok(end < 1.1 * warm + 2 ** 24, `memory grew from ${warm} to ${end}`);
    await server.stop();
    assert.equal(server.complaints, '');
  } finally {
    server.kill();
  }
});
