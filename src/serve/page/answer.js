// One answer, from the request to its last step: canvas, replay, summary, what can be done with it.
import { ApiError } from './api.js';
import { Canvas } from './canvas.js';
import { announce, copy, find, make, stamp } from './dom.js';
import { Replay } from './replay.js';
import { pieces_of } from './template.js';

/**
 * @typedef {import('./api.js').Chunk} Chunk
 * @typedef {{seed: number, [field: string]: unknown}} Body  A request.
 */

/** @param {string[]} facts */
function line(facts) {
  return facts.filter((fact) => fact !== '').join(' · ');
}

/**
 * @param {number} count
 * @param {string} one
 */
function counted(count, one) {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

export class Answer {
  /** Of what is shown: whole once the answer has ended well. */
  text = '';
  element = stamp('#answer-template');
  #canvas;
  #replay;
  #controller = new AbortController();
  /** @type {import('./template.js').Piece[]} */
  #pieces = [];
  /** @type {Chunk} */
  #last = {};

  /**
   * @param {string[]} texts around the holes of the canvas
   * @param {import('./popover.js').Popover} popover
   * @param {(seed: number | null) => void} regenerate null: with a new seed
   */
  constructor(texts, popover, regenerate) {
    this.seed = 0;
    this.#canvas = new Canvas(this.#part('.canvas'), texts, popover);
    this.#replay = new Replay(this.#part('.replay'), (frame) => this.#canvas.show(frame));
    this.#part('.same').addEventListener('click', () => regenerate(this.seed));
    this.#part('.new').addEventListener('click', () => regenerate(null));
    this.#part('.copy').addEventListener('click', () => this.#copy());
  }

  /**
   * Asks and shows what comes. Returns what went wrong, or null.
   * @param {import('./api.js').Api} api
   * @param {string} path
   * @param {Body} body
   * @returns {Promise<ApiError | null>}
   */
  async run(api, path, body) {
    const start = performance.now();
    this.seed = body.seed;
    this.element.classList.add('waiting', 'running');
    const problem = await this.#stream(api, path, body);
    this.element.classList.remove('waiting', 'running');
    this.#end(problem, (performance.now() - start) / 1000);
    return problem;
  }

  stop() {
    this.#controller.abort();
  }

  get #stopped() {
    return this.#controller.signal.aborted;
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.element, selector, HTMLElement);
  }

  /**
   * @param {import('./api.js').Api} api
   * @param {string} path
   * @param {Body} body
   */
  async #stream(api, path, body) {
    try {
      await api.stream(path, body, this.#controller.signal, {
        frame: (frame) => {
          this.element.classList.remove('waiting');
          this.#replay.add(frame);
        },
        chunk: (chunk) => this.#take(chunk),
      });
    } catch (error) {
      if (this.#stopped) return null;
      return error instanceof ApiError ? error : new ApiError(`The page failed: ${error}`);
    }
    return null;
  }

  /** @param {Chunk} chunk */
  #take(chunk) {
    this.text += chunk.choices?.[0]?.delta?.content ?? '';
    if (chunk.text !== undefined) {
      this.text = chunk.text;
      this.#pieces = pieces_of(chunk.text, chunk.holes ?? []);
    }
    this.#last = { ...this.#last, ...chunk, usage: chunk.usage ?? this.#last.usage };
  }

  /**
   * @param {ApiError | null} problem
   * @param {number} seconds
   */
  #end(problem, seconds) {
    const shown = this.#shown_at_the_end();
    const whole = !problem && !this.#stopped;
    if (!whole) {
      this.text = shown || this.text;
      this.#pieces = [];
    }
    this.element.classList.add('ended');
    this.element.classList.toggle('differs', this.text.trim() !== shown);
    this.#write();
    this.#part('.problem').textContent = problem?.message ?? '';
    this.#part('.summary').textContent = this.#summary(whole, seconds);
    this.#part('.foot').hidden = false;
    if (!problem) announce(this.#stopped ? 'Stopped' : this.text || 'The answer is empty');
  }

  /** The text on the canvas of the last step, whichever step is being looked at. */
  #shown_at_the_end() {
    const frame = this.#replay.last;
    if (frame) this.#canvas.show(frame);
    const shown = frame ? this.#canvas.text.trim() : '';
    this.#replay.end();
    return shown;
  }

  /** The text as it will be copied: seen only where the canvas shows another. */
  #write() {
    const pieces = this.#pieces.length ? this.#pieces : [{ text: this.text, filled: false }];
    const parts = pieces.map(({ text, filled }) => make(filled ? 'mark' : 'span', '', text));
    this.#part('.text').replaceChildren(...parts);
    const canvas_tells = !this.element.classList.contains('differs');
    this.#part('.text').classList.toggle('visually-hidden', canvas_tells);
  }

  /**
   * @param {boolean} whole
   * @param {number} seconds
   */
  #summary(whole, seconds) {
    const { usage, tess2 } = this.#last;
    const steps = tess2?.steps?.[0] ?? this.#replay.last?.step ?? 0;
    if (!whole && steps === 0) return this.#stopped ? 'stopped before the first step' : '';
    return line([
      whole ? '' : this.#stopped ? 'stopped' : 'broken off',
      counted(steps, 'step'),
      `${(tess2?.total_ms ? tess2.total_ms / 1000 : seconds).toFixed(2)} s`,
      usage ? counted(usage.completion_tokens, 'token') : '',
      `seed ${this.seed}`,
    ]);
  }

  async #copy() {
    const button = this.#part('.copy');
    try {
      await copy(this.text);
      button.textContent = 'Copied';
      announce('Copied');
    } catch {
      button.textContent = 'Not copied';
      announce('Not copied: the browser does not allow it');
    }
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  }
}
