// Infilling: a text with holes, and the same text filled.
import { Answer } from './answer.js';
import { find, swap } from './dom.js';
import { clear_fields } from './settings.js';
import { texts_of } from './template.js';

export class Infill {
  #page;
  #template;
  #result;
  #fill;
  #stop;
  /** @type {Answer | null} */
  #answer = null;
  #busy = false;

  /**
   * @param {HTMLElement} root
   * @param {import('./chat.js').Page} page
   */
  constructor(root, page) {
    this.#page = page;
    this.#template = find(root, '#template', HTMLTextAreaElement);
    this.#result = find(root, '.result', HTMLElement);
    this.#fill = find(root, '[type=submit]', HTMLButtonElement);
    this.#stop = find(root, '.stop', HTMLButtonElement);
    this.#listen(find(root, 'form', HTMLFormElement));
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask(null);
    });
    this.#template.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    this.#stop.addEventListener('click', () => this.#answer?.stop());
    for (const button of form.querySelectorAll('.insert button')) {
      button.addEventListener('click', () => this.#insert(/** @type {any} */ (button).value));
    }
  }

  /** @param {string} hole */
  #insert(hole) {
    const { selectionStart, selectionEnd } = this.#template;
    this.#template.setRangeText(hole, selectionStart, selectionEnd, 'end');
    this.#template.focus();
  }

  /** @param {number | null} seed */
  #ask(seed) {
    if (this.#busy) return;
    clear_fields();
    const wanted = this.#page.settings.read('infill', seed);
    if (!wanted) return;
    const text = this.#template.value;
    this.#answer = new Answer(texts_of(text), this.#page.popover, (again) => this.#ask(again));
    this.#result.replaceChildren(this.#answer.element);
    this.#run(this.#answer, { ...wanted, text });
    this.#stop.focus();
  }

  /**
   * @param {Answer} answer
   * @param {import('./answer.js').Body} body
   */
  async #run(answer, body) {
    this.#busy = true;
    swap(this.#stop, this.#fill);
    const problem = await answer.run(this.#page.api, 'v1/infill', body);
    swap(this.#fill, this.#stop);
    this.#busy = false;
    this.#page.report(problem);
  }
}
