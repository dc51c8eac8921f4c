// Every canvas of an answer, and the slider that goes through them.
import { find } from './dom.js';

/** @typedef {import('./api.js').Frame} Frame */

// A whole replay takes about this long, however many steps there are.
const kReplayMs = 5000;

export class Replay {
  #root;
  #show;
  #range;
  #step;
  #play;
  /** @type {Frame[]} */
  #frames = [];
  #timer = 0;
  #due = false;
  #ended = false;

  /**
   * @param {HTMLElement} root
   * @param {(frame: Frame) => void} show
   */
  constructor(root, show) {
    this.#root = root;
    this.#show = show;
    this.#range = find(root, 'input', HTMLInputElement);
    this.#step = find(root, '.step', HTMLElement);
    this.#play = find(root, '.play', HTMLButtonElement);
    this.#range.addEventListener('input', () => this.#scrub());
    this.#play.addEventListener('click', () => (this.#timer ? this.pause() : this.#start()));
  }

  get last() {
    return this.#frames.at(-1);
  }

  get at_end() {
    return Number(this.#range.value) >= this.#frames.length;
  }

  /**
   * Keeps a frame, and shows it unless an earlier one is being looked at.
   * @param {Frame} frame
   */
  add(frame) {
    const follow = this.at_end && !this.#timer;
    this.#frames.push(frame);
    this.#range.max = String(this.#frames.length);
    this.#root.hidden = false;
    if (follow) this.#go(this.#frames.length);
    else this.#label();
  }

  /** No more frames will come: the step that is being looked at is drawn. */
  end() {
    this.#ended = true;
    this.#draw();
    this.#label();
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#label();
  }

  #start() {
    if (this.at_end) this.#go(1);
    const pace = Math.min(400, Math.max(40, kReplayMs / this.#frames.length));
    this.#timer = window.setInterval(() => this.#tick(), pace);
    this.#label();
  }

  #tick() {
    if (this.at_end || !this.#root.isConnected) return this.pause();
    this.#go(Number(this.#range.value) + 1);
  }

  #scrub() {
    this.pause();
    this.#go(Number(this.#range.value));
  }

  /** @param {number} index from 1 */
  #go(index) {
    this.#range.value = String(index);
    this.#label();
    if (this.#due) return;
    // Steps may come faster than the screen can show them.
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#due = false;
    const frame = this.#frames[Number(this.#range.value) - 1];
    if (frame) this.#show(frame);
  }

  #label() {
    const frame = this.#frames[Number(this.#range.value) - 1];
    // An answer may end before the most steps that it was given.
    const most = this.#ended ? this.last?.step : frame?.steps;
    const words = frame ? `step ${frame.step} of ${most}` : '';
    this.#step.textContent = words;
    this.#range.setAttribute('aria-valuetext', words);
    this.#play.classList.toggle('playing', this.#timer !== 0);
    this.#play.ariaLabel = this.#timer ? 'Pause' : 'Play the steps';
  }
}
