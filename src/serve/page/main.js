// Puts the page together: tabs, the server's model, the key.
import { Api, ApiError } from './api.js';
import { Chat } from './chat.js';
import { find } from './dom.js';
import { Infill } from './infill.js';
import { Popover } from './popover.js';
import { Settings, tell_field } from './settings.js';

const kKeyMemory = 'tess2.key';
const kTabs = ['chat', 'infill'];

/** @param {string} chosen */
function select_tab(chosen) {
  for (const name of kTabs) {
    const tab = find(document, `#tab-${name}`, HTMLButtonElement);
    tab.ariaSelected = String(name === chosen);
    tab.tabIndex = name === chosen ? 0 : -1;
    find(document, `#${name}`, HTMLElement).hidden = name !== chosen;
  }
  document.body.dataset.tab = chosen;
  // Not the panel's id, which the browser would scroll to.
  history.replaceState(null, '', `#/${chosen}`);
}

function set_up_tabs() {
  for (const name of kTabs) {
    const tab = find(document, `#tab-${name}`, HTMLButtonElement);
    tab.addEventListener('click', () => select_tab(name));
    tab.addEventListener('keydown', (event) => {
      if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) return;
      const next = { Home: 'chat', End: 'infill' }[event.key] ?? other_tab(name);
      select_tab(next);
      find(document, `#tab-${next}`, HTMLButtonElement).focus();
    });
  }
  const named = location.hash.slice(2);
  select_tab(kTabs.includes(named) ? named : 'chat');
}

/** @param {string} name */
function other_tab(name) {
  return name === 'chat' ? 'infill' : 'chat';
}

function set_up_settings_toggle() {
  const toggle = find(document, '#settings-toggle', HTMLButtonElement);
  const form = find(document, '#settings', HTMLFormElement);
  toggle.addEventListener('click', () => form.classList.toggle('open'));
  new MutationObserver(() => {
    toggle.ariaExpanded = String(form.classList.contains('open'));
  }).observe(form, { attributeFilter: ['class'] });
}

/** @param {string} [key] to keep */
function session_key(key) {
  try {
    if (key !== undefined) sessionStorage.setItem(kKeyMemory, key);
    return sessionStorage.getItem(kKeyMemory) ?? '';
  } catch {
    return key ?? '';
  }
}

/**
 * Tells what went wrong where it can be mended.
 * @param {ApiError | null} problem
 */
function report(problem) {
  if (problem?.param) tell_field(problem.param, problem.message);
  if (problem?.status === 401) find(document, '#key-form', HTMLElement).hidden = false;
}

/**
 * @param {Api} api
 * @param {Settings} settings
 * @returns {Promise<ApiError | null>}
 */
async function load_model(api, settings) {
  const place = find(document, '#server-problem', HTMLElement);
  try {
    const model = await api.model();
    find(document, '#model', HTMLElement).textContent = model.id;
    settings.apply(model);
    place.hidden = true;
    return null;
  } catch (error) {
    const problem = error instanceof ApiError ? error : new ApiError(`${error}`);
    report(problem);
    place.hidden = problem.status === 401;
    place.textContent = problem.message;
    return problem;
  }
}

/**
 * @param {Api} api
 * @param {Settings} settings
 */
function set_up_key(api, settings) {
  const form = find(document, '#key-form', HTMLFormElement);
  const input = find(form, 'input', HTMLInputElement);
  api.key = session_key();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    api.key = session_key(input.value);
    const problem = await load_model(api, settings);
    const refused = problem?.status === 401;
    tell_field('key', refused ? 'The server does not know this key.' : '');
    form.hidden = !refused;
  });
}

function main() {
  const api = new Api();
  const settings = new Settings(find(document, '#settings', HTMLFormElement));
  const page = { api, settings, popover: new Popover(), report };
  set_up_tabs();
  set_up_settings_toggle();
  set_up_key(api, settings);
  new Chat(find(document, '#chat', HTMLElement), page);
  new Infill(find(document, '#infill', HTMLElement), page);
  load_model(api, settings);
}

main();
