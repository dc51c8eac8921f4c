// The server's API: requests, and the events of a stream.

/**
 * @typedef {{id: number, text: string, probability: number}} Alternative
 * @typedef {{
 *   position: number, id: number, text: string, probability: number, entropy: number,
 *   settled: boolean, settled_at: number, hole?: number, alternatives: Alternative[],
 * }} Slot
 * @typedef {{step: number, steps: number, committed: number, slots: Slot[]}} Frame
 *   The canvas after a step.
 * @typedef {{text: string, begin: number, end: number}} Hole  Bytes [begin, end) of the whole text.
 * @typedef {{
 *   choices?: {delta?: {content?: string | null}}[],
 *   text?: string, holes?: Hole[],
 *   usage?: {completion_tokens: number} | null,
 *   tess2?: {seeds?: number[], steps?: number[], total_ms?: number},
 *   error?: {message: string, param?: string | null, code?: string | number | null},
 * }} Chunk
 * @typedef {{frame: (frame: Frame) => void, chunk: (chunk: Chunk) => void}} Handlers
 * @typedef {{
 *   id: string,
 *   tess2?: {
 *     length?: number, steps?: number, temperature?: number, top_p?: number,
 *     can_guide?: boolean, guidance_scale?: number,
 *   },
 * }} Model
 */

/** A request that failed, in words for whoever reads the page. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} [status] of HTTP; 0 where there was no answer
   * @param {string} [param] the field of the request that is at fault
   */
  constructor(message, status = 0, param = '') {
    super(message);
    this.status = status;
    this.param = param;
  }
}

const kUnreachable = 'The server cannot be reached. Is tess2 serve still running?';
const kLost = 'The connection was lost. What had come until then is shown.';

/** @param {string} reason */
function with_reason(reason) {
  return reason ? ` The server says: ${reason}` : '';
}

/**
 * @param {number} status
 * @param {string} reason the server's message, or ''
 * @param {string | null} wait seconds, from Retry-After
 */
export function words_for(status, reason, wait) {
  const later = wait
    ? `Try again in ${wait} ${wait === '1' ? 'second' : 'seconds'}.`
    : 'Try again.';
  /** @type {Record<number, string>} */
  const words = {
    401: 'The server wants a key that it knows. Enter one at the top of the page.',
    408: 'The request took too long to arrive. Try again.',
    413: 'The text is larger than the server takes.',
    429: `The server has too much to do. ${later}`,
    503: `The server is shutting down. ${later}`,
    504: 'The answer took longer than the server allows. Try fewer steps.',
  };
  if (status === 400 && reason) return reason;
  return words[status] ?? `The server refused with status ${status}.${with_reason(reason)}`;
}

/** @param {Response} response */
async function refusal(response) {
  /** @type {Chunk} */
  let body = {};
  try {
    body = await response.json();
  } catch {
    // A proxy's page, for example: the status alone must do.
  }
  const words = words_for(
    response.status,
    body.error?.message ?? '',
    response.headers.get('Retry-After'),
  );
  return new ApiError(words, response.status, body.error?.param ?? '');
}

/**
 * Cuts server-sent events out of text that comes in pieces of any size.
 * @param {AsyncIterable<string>} pieces
 * @returns {AsyncGenerator<{event: string, data: string}>}
 */
export async function* parse_events(pieces) {
  let rest = '';
  for await (const piece of pieces) {
    // A CR at the end may be half a line end: it waits for what follows.
    const blocks = (rest + piece).replace(/\r\n|\r(?=[^])/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse_block(block);
      if (event.data) yield event;
    }
  }
}

/** @param {string} block */
function parse_block(block) {
  const event = { event: '', data: '' };
  const data = [];
  for (const line of block.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === 'event') event.event = value;
    if (name === 'data') data.push(value);
  }
  event.data = data.join('\n');
  return event;
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<string>}
 */
async function* pieces_of(response) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const read = await reader?.read();
    if (!read || read.done) return;
    yield decoder.decode(read.value, { stream: true });
  }
}

export class Api {
  /** @type {string} */
  key = '';

  /** @returns {Promise<Model>} */
  async model() {
    const response = await this.#fetch('v1/models', {});
    return (await response.json()).data[0];
  }

  /**
   * Asks and hands on what comes until the stream has ended well. Throws ApiError, or an
   * AbortError once `signal` says so.
   * @param {string} path
   * @param {object} body
   * @param {AbortSignal} signal
   * @param {Handlers} handlers
   */
  async stream(path, body, signal, handlers) {
    const response = await this.#fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true }),
      signal,
    });
    try {
      for await (const event of parse_events(pieces_of(response))) {
        if (event.data === '[DONE]') return;
        hand_on(event, handlers);
      }
    } catch (error) {
      if (error instanceof ApiError || signal.aborted) throw error;
      throw new ApiError(kLost);
    }
    throw new ApiError(kLost);
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   */
  async #fetch(path, init) {
    const headers = new Headers(init.headers);
    if (this.key) headers.set('Authorization', `Bearer ${this.key}`);
    /** @type {Response} */
    let response;
    try {
      response = await fetch(path, { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(kUnreachable);
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

/**
 * @param {{event: string, data: string}} event
 * @param {Handlers} handlers
 */
function hand_on({ event, data }, handlers) {
  const content = JSON.parse(data);
  if (content.error) {
    const { message, param } = content.error;
    throw new ApiError(`The answer broke off: ${message}`, 0, param ?? '');
  }
  if (event === 'tess2.canvas') handlers.frame(content);
  else handlers.chunk(content);
}
