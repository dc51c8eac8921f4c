// Small helpers around the document.

/**
 * The one element that a selector names, of the type that is asked for.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const element = root.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`the page has no ${selector}`);
  return element;
}

/**
 * @param {string} name
 * @param {string} className
 * @param {string} [text]
 */
export function make(name, className, text = '') {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * The first element of a copy of a `<template>`.
 * @param {string} selector
 */
export function stamp(selector) {
  const copy = find(document, selector, HTMLTemplateElement).content.cloneNode(true);
  return find(/** @type {DocumentFragment} */ (copy), '*', HTMLElement);
}

/**
 * Tells a screen reader, once.
 * @param {string} text
 */
export function announce(text) {
  find(document, '#announcer', HTMLElement).textContent = text;
}

/**
 * Shows one of two buttons; the focus goes along.
 * @param {HTMLElement} shown
 * @param {HTMLElement} hidden
 */
export function swap(shown, hidden) {
  const focused = document.activeElement === hidden;
  shown.hidden = false;
  hidden.hidden = true;
  if (focused) shown.focus();
}

/** @param {string} text */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages that are not served from this machine or over TLS have no clipboard object.
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('the browser does not let this page copy');
}
