// The canvas: a span for each slot, among the texts that are given.
import { make } from './dom.js';

/**
 * @typedef {import('./api.js').Frame} Frame
 * @typedef {import('./api.js').Slot} Slot
 * @typedef {import('./popover.js').State} State
 * @typedef {{gap: Text, span: HTMLElement, slot: Slot, state: State}} Cell
 */

// An end token or padding: a place that the text does not use.
const kUnused = new Set(['', '</s>', '<pad>']);

// More slots than this change faster than their colours could move.
const kMostMoving = 200;

/**
 * @param {Frame} frame
 * @param {number} index
 * @returns {State}
 */
function state_of(frame, index) {
  if (index < frame.committed) return 'committed';
  return frame.slots[index].settled ? 'settled' : 'open';
}

export class Canvas {
  #root;
  #popover;
  /** @type {{box: HTMLElement, before: string, cells: Cell[]}[]} */
  #holes = [];
  /** @type {HTMLElement | null} */
  #current = null;

  /**
   * @param {HTMLElement} root
   * @param {string[]} texts around and between the holes; `['', '']` is one hole and nothing else
   * @param {import('./popover.js').Popover} popover
   */
  constructor(root, texts, popover) {
    this.#root = root;
    this.#popover = popover;
    const bare = texts.every((text) => text === '');
    texts.forEach((text, index) => {
      if (index > 0) this.#add_hole(bare ? 'span' : 'mark', texts[index - 1]);
      const given = make('span', 'given', text);
      given.ariaHidden = 'true';
      root.append(given);
    });
    this.#listen();
  }

  /** The text as it is shown. */
  get text() {
    return this.#root.textContent ?? '';
  }

  /** @param {Frame} frame */
  show(frame) {
    this.#root.classList.toggle('many', frame.slots.length > kMostMoving);
    const counts = this.#holes.map(() => 0);
    frame.slots.forEach((slot, index) => {
      const hole = slot.hole ?? 0;
      if (!this.#holes[hole]) return;
      this.#paint(this.#cell(hole, counts[hole]++), slot, state_of(frame, index));
    });
    this.#holes.forEach((hole, index) => this.#drop(hole.cells.splice(counts[index])));
    this.#mend_focus();
  }

  /**
   * @param {string} name
   * @param {string} before the text in front of it
   */
  #add_hole(name, before) {
    const box = make(name, 'hole');
    if (name === 'mark') box.role = 'group';
    if (name === 'mark') box.ariaLabel = `Hole ${this.#holes.length + 1}`;
    this.#holes.push({ box, before, cells: [] });
    this.#root.append(box);
  }

  /**
   * @param {number} hole
   * @param {number} index
   * @returns {Cell}
   */
  #cell(hole, index) {
    const { box, cells } = this.#holes[hole];
    if (!cells[index]) {
      const span = make('span', 'slot');
      span.role = 'option';
      span.tabIndex = -1;
      const gap = document.createTextNode('');
      box.append(gap, span);
      cells[index] = { gap, span, slot: /** @type {Slot} */ ({}), state: 'open' };
    }
    return cells[index];
  }

  /**
   * @param {Cell} cell
   * @param {Slot} slot
   * @param {State} state
   */
  #paint(cell, slot, state) {
    const unused = kUnused.has(slot.text);
    const [, space, word] = /^(\s*)([^]*)$/.exec(unused ? '' : slot.text) ?? ['', '', ''];
    // The space before a word stands outside its span, so that only the word is coloured.
    const gap = word && !this.#follows_space(cell) ? space : '';
    const text = word || space;
    if (cell.gap.data !== gap) cell.gap.data = gap;
    if (cell.span.textContent !== text) cell.span.textContent = text;
    cell.span.className = `slot ${state}${unused ? ' unused' : ''}`;
    cell.span.style.setProperty('--p', slot.probability.toFixed(3));
    Object.assign(cell, { slot, state });
    if (this.#popover.anchor === cell.span) this.#popover.show(cell.span, slot, state);
  }

  /**
   * Whether the hole begins with this cell and the text before it ends in a space, or is empty.
   * @param {Cell} cell
   */
  #follows_space(cell) {
    const hole = this.#holes.find(({ cells }) => cells[0] === cell);
    return hole !== undefined && !/\S$/.test(hole.before);
  }

  /** @param {Cell[]} cells */
  #drop(cells) {
    for (const { gap, span } of cells) {
      if (this.#popover.anchor === span) this.#popover.hide();
      gap.remove();
      span.remove();
    }
  }

  get #cells() {
    return this.#holes.flatMap((hole) => hole.cells);
  }

  /** One slot can be reached with Tab, the others from there with the arrow keys. */
  #mend_focus() {
    if (this.#current?.isConnected) return;
    this.#focusable(this.#cells[0]?.span ?? null);
  }

  /** @param {EventTarget | null} span */
  #focusable(span) {
    if (this.#current) this.#current.tabIndex = -1;
    this.#current = span instanceof HTMLElement ? span : null;
    if (this.#current) this.#current.tabIndex = 0;
  }

  #listen() {
    const root = this.#root;
    root.addEventListener('pointerover', (event) => this.#explain(event.target));
    root.addEventListener('click', (event) => this.#explain(event.target));
    root.addEventListener('focusin', (event) => this.#explain(event.target));
    root.addEventListener('focusin', (event) => this.#focusable(event.target));
    root.addEventListener('pointerleave', () => this.#popover.hide_soon());
    root.addEventListener('focusout', () => this.#popover.hide());
    root.addEventListener('keydown', (event) => this.#walk(event));
  }

  /** @param {EventTarget | null} target */
  #explain(target) {
    const cell = this.#cells.find(({ span }) => span === target);
    if (!cell) return this.#popover.hide_soon();
    this.#popover.show(cell.span, cell.slot, cell.state);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const cells = this.#cells;
    const at = cells.findIndex(({ span }) => span === this.#current);
    /** @type {Record<string, number>} */
    const to = {
      ...{ ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowDown: at + 1 },
      ...{ Home: 0, End: cells.length - 1 },
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    cells[to[event.key]]?.span.focus();
  }
}
