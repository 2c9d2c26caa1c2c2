/** Calls to the service. A refusal is an `ApiError` whose message is the sentence to show. */

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
}

/**
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {object | FormData} [body]
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
    throw new ApiError('The service cannot be reached; trying again.', 0, 'unreachable');
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(
      answer.error ?? `The service answered ${response.status}.`,
      response.status,
      answer.code,
    );
  }
  return answer;
}

export const api = {
  me: () => call('GET', '/api/me'),
  /** @param {string} name */
  rename: (name) => call('POST', '/api/me', { name }),
  /** @param {string} token */
  login: (token) => call('POST', '/api/login', { token }),
  options: () => call('GET', '/api/options'),
  /** @param {string} [before] id of the oldest message known */
  messages: (before) => call('GET', `/api/messages${before === undefined ? '' : `?before=${before}`}`),
  /** @param {'me' | 'all'} of @param {string} [before] */
  gallery: (of, before) =>
    call('GET', `/api/gallery?of=${of}${before === undefined ? '' : `&before=${before}`}`),
  /** @param {string} text @param {Record<string, string>} chosen @param {File} [image] */
  command(text, chosen, image) {
    if (image === undefined) return call('POST', '/api/command', { text, ...chosen });
    const form = new FormData();
    for (const [name, value] of Object.entries({ text, ...chosen })) form.append(name, value);
    form.append('image', image);
    return call('POST', '/api/command', form);
  },
  /** @param {Record<string, string>} fields */
  imagine: (fields) => call('POST', '/api/imagine', fields),
  /** @param {string} id @param {'reroll' | 'vary' | 'finalize' | 'cancel'} action @param {number} [picture] from 1 */
  act: (id, action, picture) =>
    call('POST', `/api/jobs/${id}/${action}`, picture === undefined ? undefined : { picture }),
  /** @param {string} id */
  remove: (id) => call('DELETE', `/api/jobs/${id}`),
};
