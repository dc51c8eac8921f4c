// What a slot might have been: shown beside it on hover, tap or keyboard focus.
import { find, make } from './dom.js';

/**
 * @typedef {import('./api.js').Slot} Slot
 * @typedef {'open' | 'settled' | 'committed'} State
 */

/** @param {number} probability */
function percent(probability) {
  const value = probability * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value < 99.95 ? value.toFixed(1) : '100'} %`;
}

/**
 * A token's text so that it can be seen; `…` marks one that goes on with a word.
 * @param {string} text
 */
export function visible(text) {
  if (text === '') return '(end)';
  if (text.trim() === '') return text.includes('\n') ? '(new line)' : '(space)';
  return /^[\p{L}\p{N}]/u.test(text) ? `…${text}` : text.trim();
}

/**
 * @param {Slot} slot
 * @param {State} state
 */
function fate(slot, state) {
  if (state === 'open') return `still open; this token since step ${slot.settled_at}`;
  const settled = `settled at step ${slot.settled_at}`;
  return state === 'committed' ? `${settled}, committed` : settled;
}

/**
 * @param {{text: string, probability: number}} token
 * @param {boolean} taken
 */
function bar(token, taken) {
  const row = make('li', taken ? 'taken' : '');
  const fill = make('span', 'fill');
  fill.style.setProperty('--p', String(token.probability));
  row.append(
    make('span', 'token', visible(token.text)),
    fill,
    make('span', 'number', percent(token.probability)),
  );
  return row;
}

export class Popover {
  #root = find(document, '#popover', HTMLElement);
  /** @type {HTMLElement | null} */
  #anchor = null;
  #timer = 0;

  constructor() {
    this.#root.addEventListener('pointerenter', () => clearTimeout(this.#timer));
    this.#root.addEventListener('pointerleave', () => this.hide_soon());
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.hide());
    document.addEventListener('click', (event) => this.#click(event.target));
    document.addEventListener('scroll', () => this.#place(), { passive: true });
  }

  get anchor() {
    return this.#anchor;
  }

  /**
   * @param {HTMLElement} anchor
   * @param {Slot} slot
   * @param {State} state
   */
  show(anchor, slot, state) {
    clearTimeout(this.#timer);
    this.#release();
    this.#anchor = anchor;
    anchor.setAttribute('aria-describedby', 'popover');
    const bars = make('ol', 'bars');
    bars.append(bar(slot, true), ...slot.alternatives.map((token) => bar(token, false)));
    const entropy = `entropy ${slot.entropy.toFixed(2)} nats`;
    this.#root.replaceChildren(
      bars,
      make('p', 'facts', entropy),
      make('p', 'facts', fate(slot, state)),
    );
    this.#root.hidden = false;
    this.#place();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#release();
    this.#root.hidden = true;
  }

  /** Leaves time to move the pointer onto it. */
  hide_soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.hide(), 150);
  }

  /** @param {EventTarget | null} target */
  #click(target) {
    if (target !== this.#anchor && !this.#root.contains(/** @type {Node} */ (target))) this.hide();
  }

  #release() {
    this.#anchor?.removeAttribute('aria-describedby');
    this.#anchor = null;
  }

  /** Below the slot where there is room, else above; never outside the window. */
  #place() {
    if (!this.#anchor) return;
    const slot = this.#anchor.getClientRects()[0];
    if (!slot) return this.hide();
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    const room = document.documentElement.clientWidth - width - 8;
    const below = slot.bottom + 6;
    const top = below + height < window.innerHeight ? below : slot.top - height - 6;
    this.#root.style.left = `${Math.max(8, Math.min(slot.left - 12, room))}px`;
    this.#root.style.top = `${Math.max(8, top)}px`;
  }
}
