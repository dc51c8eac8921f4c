// The controls: what they ask for, what is wrong with them, and their memory.
import { find } from './dom.js';

/**
 * @typedef {{
 *   id: string, whole: boolean, least: number, most: number, chat_only?: boolean,
 * }} NumberField
 * @typedef {{auto: boolean, random: boolean, commit: boolean, [id: string]: string | boolean}} Saved
 */

const kMemory = 'tess2.settings';

// Whole numbers past this one are not exact in JavaScript.
const kMostSeed = Number.MAX_SAFE_INTEGER;

/** @type {NumberField[]} */
const kNumbers = [
  { id: 'steps', whole: true, least: 1, most: Infinity },
  { id: 'temperature', whole: false, least: 0, most: Infinity },
  { id: 'top_p', whole: false, least: 0, most: 1 },
  { id: 'seed', whole: true, least: 0, most: kMostSeed },
  { id: 'max_tokens', whole: true, least: 1, most: Infinity, chat_only: true },
  { id: 'guidance_scale', whole: false, least: 0, most: Infinity },
];
const kChecks = ['auto', 'random', 'commit'];

// Which field of the page stands for a field of a request.
/** @type {Record<string, string>} */
const kFieldOf = {
  messages: 'message',
  prompt: 'message',
  text: 'template',
  tess2: 'commit',
  max_completion_tokens: 'max_tokens',
};

/**
 * Tells beside a field what is wrong with it; '' for nothing. False where there is no such field.
 * @param {string} param a field of a request, such as `messages[0].content`
 * @param {string} words
 */
export function tell_field(param, words) {
  const name = param.split(/[.[]/)[0];
  const id = kFieldOf[name] ?? name;
  const place = document.getElementById(`${id}-error`);
  if (!id || !place) return false;
  place.textContent = words;
  document.getElementById(id)?.setAttribute('aria-invalid', String(words !== ''));
  return true;
}

export function clear_fields() {
  for (const place of document.querySelectorAll('.error')) {
    tell_field(place.id.replace('-error', ''), '');
  }
}

/**
 * What is wrong with a number, or ''. An empty field leaves the choice to the server.
 * @param {NumberField} field
 * @param {string} text
 */
export function fault(field, text) {
  if (text === '' && field.id !== 'seed') return '';
  const written = field.whole ? /^\d+$/ : /^(\d+\.?\d*|\.\d+)$/;
  const value = Number(text);
  if (written.test(text) && value >= field.least && value <= field.most) return '';
  const kind = field.whole ? 'a whole number' : 'a number';
  const bound = field.most === Infinity ? ' up' : ` to ${field.most}`;
  return `${kind} from ${field.least}${bound}`;
}

export function draw_seed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

export class Settings {
  #form;
  #last_seed = 0;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#recall();
    this.#follow_checks();
    form.addEventListener('input', (event) => this.#changed(/** @type {Element} */ (event.target)));
    form.addEventListener('submit', (event) => event.preventDefault());
    find(form, '#reset', HTMLButtonElement).addEventListener('click', () => this.#reset());
  }

  /**
   * Shows what the server does where a field is left empty.
   * @param {import('./api.js').Model} model
   */
  apply({ tess2 = {} }) {
    const { steps, temperature, top_p, guidance_scale, can_guide } = tess2;
    const defaults = Object.entries({ steps, temperature, top_p, guidance_scale });
    for (const [id, value] of defaults) this.#input(id).placeholder = String(value ?? '');
    this.#input('guidance_scale').disabled = !can_guide;
    find(this.#form, '#guidance_scale-hint', HTMLElement).hidden = Boolean(can_guide);
  }

  /**
   * The fields of a request; null where one is wrong, which is told and focused.
   * @param {'chat' | 'infill'} purpose
   * @param {number | null} seed null: as the settings say
   * @returns {import('./answer.js').Body | null}
   */
  read(purpose, seed) {
    const used = kNumbers.filter(
      ({ id, chat_only }) => !this.#input(id).disabled && !(chat_only && purpose !== 'chat'),
    );
    const wrong = used.filter((field) => !this.#check(field));
    if (wrong.length > 0) {
      this.#form.classList.add('open');
      this.#input(wrong[0].id).focus();
      return null;
    }
    const given = used.filter(({ id }) => this.#value(id) !== '');
    const numbers = given.map(({ id }) => [id, Number(this.#value(id))]);
    // Nothing of a text with holes comes before its end: there is nothing to commit for.
    const commit = purpose === 'chat' ? { commit: this.#input('commit').checked } : {};
    this.#last_seed = seed ?? this.#seed();
    return {
      ...Object.fromEntries(numbers),
      ...(this.#input('auto').checked ? { steps: 'auto' } : {}),
      seed: this.#last_seed,
      tess2: { canvas: true, alternatives: 5, ...commit },
    };
  }

  #seed() {
    return this.#input('random').checked ? draw_seed() : Number(this.#value('seed'));
  }

  /** @param {string} id */
  #input(id) {
    return find(this.#form, `#${id}`, HTMLInputElement);
  }

  /** @param {string} id */
  #value(id) {
    return this.#input(id).value.trim();
  }

  /** @param {NumberField} field */
  #check(field) {
    const words = this.#input(field.id).disabled ? '' : fault(field, this.#value(field.id));
    tell_field(field.id, words);
    return words === '';
  }

  /** @param {Element} target */
  #changed(target) {
    // With the seed of the last answer at hand, it can be asked for again.
    const fixed = target.id === 'random' && !this.#input('random').checked;
    if (fixed && this.#value('seed') === '') this.#input('seed').value = String(this.#last_seed);
    this.#follow_checks();
    kNumbers.forEach((field) => this.#check(field));
    this.#remember();
  }

  #follow_checks() {
    this.#input('steps').disabled = this.#input('auto').checked;
    this.#input('seed').disabled = this.#input('random').checked;
  }

  #reset() {
    for (const { id } of kNumbers) this.#input(id).value = '';
    this.#restore({ auto: false, random: true, commit: true });
    this.#changed(this.#form);
  }

  /** @param {Saved} saved */
  #restore(saved) {
    for (const { id } of kNumbers) {
      if (typeof saved[id] === 'string') this.#input(id).value = saved[id];
    }
    for (const id of kChecks) {
      if (typeof saved[id] === 'boolean') this.#input(id).checked = saved[id];
    }
  }

  #remember() {
    const numbers = kNumbers.map(({ id }) => [id, this.#input(id).value]);
    const checks = kChecks.map((id) => [id, this.#input(id).checked]);
    try {
      localStorage.setItem(kMemory, JSON.stringify(Object.fromEntries([...numbers, ...checks])));
    } catch {
      // A browser that keeps nothing: the settings last as long as the page.
    }
  }

  #recall() {
    try {
      this.#restore(JSON.parse(localStorage.getItem(kMemory) ?? '{}'));
    } catch {
      // As above; or what was kept is not ours.
    }
  }
}
