/** What the whole page knows: who one is, what can be asked for, the messages, and how parts of the page are told. */

/**
 * @typedef {object} Message as `bot/web/message.ts` describes a job
 * @property {string} id
 * @property {{id: string, name: string}} by
 * @property {number} at
 * @property {'waiting' | 'running' | 'finished' | 'failed' | 'cancelled'} state
 * @property {{prompt: string, negative: string, model: string, seed: number, width: number, height: number, steps: number, count: number}} facts
 * @property {string} line
 * @property {Record<string, string | number>} recipe
 * @property {Record<string, string | number>} options
 * @property {string} command
 * @property {any} [progress]
 * @property {string} [preview]
 * @property {{url: string, bytes: number}[]} pictures
 * @property {string} [sentence]
 * @property {string} [note] words that the built-in model does not know
 * @property {string[]} actions
 * @property {{kind: 'reroll' | 'vary' | 'finalize' | 'remix', job: string, picture?: number}} [origin]
 */

export const room = {
  /** @type {{id: string, name: string, moderator: boolean, needsToken: boolean}} */
  me: { id: '', name: 'Guest', moderator: false, needsToken: false },
  /** @type {any} */
  offers: { commands: [], options: [], models: [], styles: [], examples: [] },
  /** @type {Map<string, Message>} */
  messages: new Map(),
  /** Set by the parts of the page that do it. @type {Record<string, (...given: any[]) => any>} */
  doing: {},
};

/** @param {Message} message */
export function isMine(message) {
  return message.by.id === room.me.id;
}

/** @param {Message} message */
export function mayEnd(message) {
  return isMine(message) || room.me.moderator;
}

/** Says something to those who listen instead of looking. @param {string} text */
export function announce(text) {
  const announcer = document.querySelector('#announcer');
  if (announcer) announcer.textContent = text;
}
