// What the tests of `tess2 serve` in Node share: a server of their own, and a reader of streams.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** The program to test. */
export const kProgram = process.env.TESS2_PROGRAM ?? '';
/** A folder with the models `tuned` and `reward`. */
export const kModels = process.env.TESS2_MODELS ?? '';
/** Whether the program is slow and large, because it watches itself. */
export const kSanitized = process.env.TESS2_SANITIZED === '1';

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Asks again and again, for five minutes at most.
 * @param {() => Promise<boolean>} condition
 * @param {string} what is waited for
 */
export async function eventually(condition, what) {
  for (const end = Date.now() + 300000; Date.now() < end; await pause(50))
    if (await condition()) return;
  assert.fail(`waited five minutes for ${what}`);
}

/**
 * A `tess2 serve` of its own on 127.0.0.1, which does not outlive the test.
 * @param {Record<string, string | number | boolean>} [settings]
 * @param {Record<string, string>} [environment]
 */
export async function start_server(settings = {}, environment = {}) {
  const words = Object.entries({ ...settings, host: '127.0.0.1', port: 0 });
  const models = ['-m', `${kModels}/tuned`, '--reward-model', `${kModels}/reward`];
  const options = [...models, ...words.flatMap(([key, value]) => ['--set', `${key}=${value}`])];
  // The kernel ends the server where this process is killed before it can.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', kProgram, 'serve', '-q', ...options], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server = new Server(child);
  await server.ready();
  return server;
}

export class Server {
  url = '';
  /** What it wrote on standard error. */
  complaints = '';

  /** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child */
  constructor(child) {
    this.child = child;
    this.exit = once(child, 'exit');
    child.stderr.on('data', (data) => (this.complaints += data));
  }

  async ready() {
    const lines = createInterface({ input: this.child.stdout });
    const line = await Promise.race([once(lines, 'line').then(([line]) => line), this.exit]);
    this.url = /http:\/\/127\.0\.0\.1:\d+/.exec(`${line}`)?.[0] ?? '';
    assert.ok(this.url, `no server: ${line} ${this.complaints}`);
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Ends it in its order. */
  async stop() {
    this.child.kill('SIGTERM');
    const [code, signal] = await this.exit;
    assert.deepEqual([code, signal], [0, null], this.complaints);
  }

  /** Ends it at once, where it still runs. */
  kill() {
    this.child.kill('SIGKILL');
  }

  /** Bytes of memory. */
  async resident() {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   */
  fetch(path, options = {}) {
    return fetch(this.url + path, options);
  }

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {RequestInit} [options]
   */
  post(path, body, options = {}) {
    const headers = { 'Content-Type': 'application/json' };
    return this.fetch(path, { method: 'POST', headers, body: JSON.stringify(body), ...options });
  }

  /**
   * The metrics by name and labels, without the prefix.
   * @param {string} [key]
   */
  async metrics(key = '') {
    const headers = { Authorization: `Bearer ${key}` };
    const text = await (await this.fetch('/metrics', { headers })).text();
    const lines = text.split('\n').filter((line) => line.startsWith('tess2_'));
    const pairs = lines.map((line) => [
      line.slice('tess2_'.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]);
    return /** @type {Record<string, number>} */ (Object.fromEntries(pairs));
  }

  /** Until it has nothing to do. @param {string} [key] */
  async quiet(key = '') {
    await eventually(async () => {
      const now = await this.metrics(key);
      return now.sessions_active + now.sessions_waiting === 0 && now.requests_in_flight === 1;
    }, 'the server to have nothing to do');
  }
}

/**
 * The events of a stream that ends as it should.
 * @param {string} text
 */
export function events_of(text) {
  const blocks = text.split('\n\n');
  assert.deepEqual(blocks.slice(-2), ['data: [DONE]', ''], 'the stream breaks off');
  return blocks.slice(0, -2).map((block) => {
    const found = /^(?:event: (.+)\n)?data: (.+)$/.exec(block);
    assert.ok(found, `not an event: ${block}`);
    return { name: found[1] ?? '', data: JSON.parse(found[2]) };
  });
}
