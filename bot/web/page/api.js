/** Calls to the service. A refusal is an `ApiError` whose message is the sentence to show. */
import { say } from './say.js';

/** @typedef {import('../message.ts').Message} Message */

export class ApiError extends Error {
  /**
   * @param {string} sentence
   * @param {number} status 0 where there was no answer
   * @param {string} code
   */
  constructor(sentence, status, code) {
    super(sentence);
    this.status = status;
    this.code = code;
  }

  /** Whether nothing was said about the request itself: the service is away, or a proxy answers in its place. */
  get isOutage() {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }
}

/**
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {object | FormData} [body]
 * @returns {Promise<any>} as the service describes it; each caller below names its type
 */
async function call(method, path, body) {
  const form = body instanceof FormData;
  let response;
  try {
    response = await fetch(path, {
      method,
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      ...(body === undefined || form ? {} : { headers: { 'content-type': 'application/json' } }),
    });
  } catch {
    throw new ApiError(say('unreachable'), 0, 'unreachable');
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { status } = response;
    throw new ApiError(answer.error ?? say('status', { status }), status, answer.code);
  }
  return answer;
}

/** A form where there are files, else JSON. @param {Record<string, string>} fields @param {Record<string, Blob>} files */
function bodyOf(fields, files) {
  const given = Object.entries(files);
  if (given.length === 0) return fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, file] of given) form.append(name, file);
  return form;
}

/**
 * @typedef {{messages: Message[], more: boolean, after: string}} Listed newest first; `more` where there are older ones;
 * `after`: the last word that was told when they were listed
 */

export const api = {
  /** @returns {Promise<import('../routes/me-routes.ts').Me>} */
  me: () => call('GET', '/api/me'),
  /** @param {string} name @returns {Promise<import('../routes/me-routes.ts').Me>} */
  rename: (name) => call('POST', '/api/me', { name }),
  /** @param {string} token @returns {Promise<void>} */
  login: (token) => call('POST', '/api/login', { token }),
  /** @returns {Promise<import('../../chat/offers.ts').Offers>} */
  options: () => call('GET', '/api/options'),
  /** @param {string} [before] id of the oldest message known @returns {Promise<Listed>} */
  messages: (before) => call('GET', `/api/messages${before === undefined ? '' : `?before=${before}`}`),
  /** @param {'me' | 'all'} of @param {string} [before] @returns {Promise<Listed>} */
  gallery: (of, before) =>
    call('GET', `/api/gallery?of=${of}${before === undefined ? '' : `&before=${before}`}`),
  /**
   * @param {string} text @param {Record<string, string>} chosen @param {Record<string, Blob>} files by the names of options
   * @returns {Promise<{id: string, reply?: undefined} | {reply: import('./notes.js').Note}>}
   */
  command: (text, chosen, files) => call('POST', '/api/command', bodyOf({ text, ...chosen }, files)),
  /** @param {Record<string, string>} fields @param {Record<string, Blob>} [files] @returns {Promise<{id: string}>} */
  imagine: (fields, files = {}) => call('POST', '/api/imagine', bodyOf(fields, files)),
  /** @param {string} id @param {string} action @param {number} [picture] from 1 @returns {Promise<unknown>} */
  act: (id, action, picture) =>
    call('POST', `/api/jobs/${id}/${action}`, picture === undefined ? undefined : { picture }),
  /** @param {string} id @returns {Promise<void>} */
  remove: (id) => call('DELETE', `/api/jobs/${id}`),
  /** The same while the page is being left: nobody hears the answer. @param {string} id */
  removeOnLeaving(id) {
    void fetch(`/api/jobs/${id}`, { method: 'DELETE', keepalive: true }).catch(() => {});
  },
};
