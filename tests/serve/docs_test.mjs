// docs/serve.md says what the server does: its commands are run, and its replies compared.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { events_of, kProgram, start_server } from './support.mjs';

const run = promisify(execFile);
const kAddress = 'http://127.0.0.1:8080';
const kDocument = await readFile(new URL('../../docs/serve.md', import.meta.url), 'utf8');

/** @typedef {{language: string, text: string, heading: string}} Block */

/** The fenced blocks of a document. @param {string} document */
function blocks_of(document) {
  /** @type {Block[]} */
  const blocks = [];
  let heading = '';
  for (const [, title, language, text] of document.matchAll(
    /^## ([^\n]+)$|^```(\w*)\n(.*?)^```$/gms,
  )) {
    if (title) heading = title;
    else blocks.push({ language, text, heading });
  }
  return blocks;
}

/** The rows of the table that has this title over its first column. @param {string} title */
function table_of(title) {
  const begin = kDocument.indexOf(`\n| ${title} |`);
  assert.ok(begin >= 0, `no table of ${title}`);
  const table = kDocument.slice(begin + 1, kDocument.indexOf('\n\n', begin));
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

/** The words in backquotes. @param {string} cell */
const words_of = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

/**
 * Keys and types, without values; one for all the elements of a list.
 * @param {any} value
 * @returns {any}
 */
function shape_of(value) {
  if (Array.isArray(value)) {
    const shapes = value.map(shape_of);
    for (const shape of shapes) assert.deepEqual(shape, shapes[0], 'a list of different things');
    return shapes.slice(0, 1);
  }
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shape_of(part)]));
}

/** The events of a block, whose lines are broken to be read. @param {string} text */
function written_events(text) {
  const whole = text.trim().replace(/\n +/g, ' ');
  return events_of(`${whole}\n\n`);
}

/**
 * Each event is one of those written, and each of those came.
 * @param {string} reply
 * @param {string} written
 */
function compare_events(reply, written) {
  /** @param {{name: string, data: any}[]} events */
  const kinds = (events) =>
    [
      ...new Set(events.map(({ name, data }) => `${name} ${JSON.stringify(shape_of(data))}`)),
    ].sort();
  assert.deepEqual(kinds(events_of(reply)), kinds(written_events(written)));
}

/** @type {import('./support.mjs').Server} */
let server;
before(async () => {
  server = await start_server({ 'commit.stable_steps': 1, 'commit.probability': 0 });
});
after(async () => {
  try {
    await server.stop();
  } finally {
    server.kill();
  }
});

describe('the commands', () => {
  const blocks = blocks_of(kDocument);
  const commands = blocks.filter(({ language }) => language === 'sh');
  test('are there', () => assert.ok(commands.length >= 5));

  for (const command of commands) {
    test(`of "${command.heading}" do what is written`, async () => {
      assert.ok(command.text.includes(`curl -s`) && command.text.includes(kAddress));
      const line = command.text.replaceAll(kAddress, server.url);
      const { stdout } = await run('bash', ['-c', line]);
      const written = blocks[blocks.indexOf(command) + 1];
      if (written?.language === 'json')
        assert.deepEqual(shape_of(JSON.parse(stdout)), shape_of(JSON.parse(written.text)));
      else if (written?.text.startsWith('data: ')) compare_events(stdout, written.text);
    });
  }

  test('name an error as it is written', async () => {
    const [command, written] = blocks.filter(({ heading }) => heading === 'Errors');
    const { stdout } = await run('bash', ['-c', command.text.replaceAll(kAddress, server.url)]);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(written.text));
  });
});

describe('the tables', () => {
  test('of paths has paths that there are, by their methods', async () => {
    for (const path of table_of('path').flatMap(([, cell]) => words_of(cell))) {
      const [method, place] = path.split(' ');
      const response = await server.fetch(place.replace('NAME', 'tuned'), { method });
      await response.body?.cancel();
      assert.equal(response.status, method === 'GET' ? 200 : 400, path);
    }
  });

  test('of fields has fields that are known', async () => {
    const context = { messages: [], prompt: '', text: '' };
    for (const field of table_of('field').flatMap(([, cell]) => words_of(cell))) {
      const path = field === 'prompt' ? '/v1/completions' : '/v1/chat/completions';
      const kept =
        field === 'prompt' ? { prompt: 'a' } : { messages: [{ role: 'user', content: 'a' }] };
      const response = await server.post(path, { ...kept, stream: true, [field]: [context] });
      const { error } = await response.json();
      assert.equal(error.param.replace(/[[.].*/, ''), field, error.message);
      assert.ok(!error.message.includes('unknown field'), error.message);
    }
  });

  test('of settings has those of the program, and their defaults', async () => {
    const { stdout } = await run(kProgram, ['serve', '--help']);
    const defaults = new Map(
      [...stdout.matchAll(/^ {2}([a-z_.]+) +(\S+) {2,}/gm)].map(([, key, value]) => [key, value]),
    );
    for (const [, cell, value] of table_of('key')) {
      const keys = words_of(cell);
      const values = value.split(', ');
      for (const [index, key] of keys.entries()) {
        assert.ok(defaults.has(key), `no setting ${key}`);
        if (values.length === keys.length && !value.includes(' as '))
          if (/^(true|false|-?[\d.]+)$/.test(values[index]))
            assert.equal(defaults.get(key), values[index], key);
      }
    }
  });

  test('of metrics has all of them, of their kinds', async () => {
    const text = await (await server.fetch('/metrics')).text();
    const told = [...text.matchAll(/^# TYPE tess2_(\w+) (\w+)$/gm)].map((found) => found.slice(1));
    const written = table_of('name').flatMap(([, cell, kind]) =>
      words_of(cell).map((name) => [name.replace(/\{.*/, ''), kind]),
    );
    assert.deepEqual(written.sort(), told.sort());
  });
});
