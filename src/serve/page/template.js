// Texts with holes, as docs/serve.md writes them, and filled texts.

/** @typedef {{text: string, filled: boolean}} Piece */

/**
 * The texts around and between the holes: one more than there are holes. What is not a hole stays
 * text; the server says what is wrong with it.
 * @param {string} template
 */
export function texts_of(template) {
  const texts = [''];
  let from = 0;
  for (const match of template.matchAll(/\\\[\[|\[\[\d+(?:-\d+)?\]\]/g)) {
    texts[texts.length - 1] += template.slice(from, match.index);
    if (match[0] === '\\[[') texts[texts.length - 1] += '[[';
    else texts.push('');
    from = match.index + match[0].length;
  }
  texts[texts.length - 1] += template.slice(from);
  return texts;
}

/**
 * Cuts a filled text at its holes, whose bounds count bytes of UTF-8.
 * @param {string} text
 * @param {import('./api.js').Hole[]} holes
 * @returns {Piece[]}
 */
export function pieces_of(text, holes) {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  for (const { begin, end } of holes) {
    pieces.push({ text: decoder.decode(bytes.slice(from, begin)), filled: false });
    pieces.push({ text: decoder.decode(bytes.slice(begin, end)), filled: true });
    from = end;
  }
  pieces.push({ text: decoder.decode(bytes.slice(from)), filled: false });
  return pieces.filter((piece) => piece.text !== '');
}
