// The chat: turns of a user and an answer.
import { Answer } from './answer.js';
import { find, stamp, swap } from './dom.js';
import { clear_fields } from './settings.js';

/**
 * @typedef {import('./api.js').ApiError} ApiError
 * @typedef {{
 *   api: import('./api.js').Api,
 *   settings: import('./settings.js').Settings,
 *   popover: import('./popover.js').Popover,
 *   report: (problem: ApiError | null) => void,
 * }} Page  What the tabs share.
 * @typedef {{user: string, answer: Answer, element: HTMLElement}} Turn
 */

export class Chat {
  #page;
  #root;
  #message;
  #send;
  #stop;
  #fresh;
  /** @type {Turn[]} */
  #turns = [];
  #busy = false;

  /**
   * @param {HTMLElement} root
   * @param {Page} page
   */
  constructor(root, page) {
    this.#page = page;
    this.#root = root;
    this.#message = find(root, '#message', HTMLTextAreaElement);
    this.#send = find(root, '[type=submit]', HTMLButtonElement);
    this.#stop = find(root, '.stop', HTMLButtonElement);
    this.#fresh = find(root, '.fresh', HTMLButtonElement);
    this.#listen();
  }

  #listen() {
    this.#message.addEventListener('keydown', (event) => this.#key(event));
    this.#message.addEventListener('input', () => this.#fit());
    find(this.#root, 'form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#stop.addEventListener('click', () => this.#turns.at(-1)?.answer.stop());
    this.#fresh.addEventListener('click', () => this.#start_again());
    for (const idea of this.#root.querySelectorAll('.ideas button')) {
      idea.addEventListener('click', () => this.#ask(idea.textContent ?? '', null));
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // An Enter that ends the composition of a character is not meant to send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  /** Grows with what is written. */
  #fit() {
    this.#message.style.height = 'auto';
    this.#message.style.height = `${this.#message.scrollHeight + 2}px`;
  }

  async #submit() {
    const text = this.#message.value.trim();
    if (text === '' || this.#busy) return;
    const asked = this.#ask(text, null);
    if (!asked) return;
    this.#message.value = '';
    this.#fit();
  }

  /**
   * False where the settings are wrong.
   * @param {string} user
   * @param {number | null} seed
   */
  #ask(user, seed) {
    if (this.#busy) return false;
    clear_fields();
    const wanted = this.#page.settings.read('chat', seed);
    if (!wanted) return false;
    const body = {
      messages: [...this.#history(), { role: 'user', content: user }],
      stream_options: { include_usage: true },
      ...wanted,
    };
    this.#run(this.#add_turn(user).answer, body);
    return true;
  }

  /** What was said; questions that were never answered are left out. */
  #history() {
    const answered = this.#turns.filter(({ answer }) => answer.text !== '');
    return answered.flatMap(({ user, answer }) => [
      { role: 'user', content: user },
      { role: 'assistant', content: answer.text },
    ]);
  }

  /** @param {string} user */
  #add_turn(user) {
    const element = stamp('#turn-template');
    find(element, '.user', HTMLElement).textContent = user;
    const answer = new Answer(['', ''], this.#page.popover, (seed) => this.#regenerate(seed));
    element.append(answer.element);
    find(this.#root, '.turns', HTMLElement).append(element);
    const turn = { user, answer, element };
    this.#turns.push(turn);
    this.#root.classList.add('begun');
    return turn;
  }

  /** @param {number | null} seed */
  #regenerate(seed) {
    const turn = this.#turns.pop();
    if (!turn) return;
    if (!this.#ask(turn.user, seed)) return void this.#turns.push(turn);
    turn.element.remove();
    this.#stop.focus();
  }

  /**
   * @param {Answer} answer
   * @param {import('./answer.js').Body} body
   */
  async #run(answer, body) {
    this.#mark_busy(true);
    this.#turns.at(-1)?.element.scrollIntoView({ block: 'nearest' });
    const problem = await answer.run(this.#page.api, 'v1/chat/completions', body);
    this.#mark_busy(false);
    this.#page.report(problem);
    this.#turns.at(-1)?.element.scrollIntoView({ block: 'nearest' });
  }

  /** @param {boolean} busy */
  #mark_busy(busy) {
    this.#busy = busy;
    if (busy) swap(this.#stop, this.#send);
    else swap(this.#send, this.#stop);
    this.#fresh.hidden = busy;
  }

  #start_again() {
    for (const { element } of this.#turns.splice(0)) element.remove();
    this.#root.classList.remove('begun');
    this.#fresh.hidden = true;
    clear_fields();
    this.#message.focus();
  }
}
