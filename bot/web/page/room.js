/** What the whole page knows: who one is, what can be asked for, the messages, and how parts of the page are told. */
import { find } from './elements.js';

/** @typedef {import('../message.ts').Message} Message */
/** @typedef {import('../../chat/offers.ts').Offers} Offers */
/** @typedef {import('../../../commands/follow-up.ts').FollowUpAction} Action */
/** @typedef {import('../routes/me-routes.ts').Me} Me */
/** @typedef {import('./notes.js').Note} Note */

/**
 * What parts of the page do for each other; each sets its own when it opens.
 * @typedef {object} Doing
 * @property {(message: Message) => void} openRemix
 * @property {(id: string, index: number) => void} openLightbox
 * @property {(name: 'chat' | 'gallery') => void} showView
 * @property {() => void} scrollToEnd
 * @property {(note: Note) => HTMLElement} note
 * @property {(id: string) => void} showMessage
 * @property {(message: Message) => void} put shows a message that had been taken away
 * @property {(id: string) => void} take takes a message from the sight
 * @property {(text: string) => void} fill puts a text into the prompt
 * @property {(text: string) => Promise<unknown>} type sends a text as if it had been typed
 */

export const room = {
  /** @type {Me} */
  me: { id: '', name: '', moderator: false, needsToken: false },
  offers: /** @type {Offers} */ ({}),
  /** @type {Map<string, Message>} */
  messages: new Map(),
  doing: /** @type {Doing} */ ({}),
};

/** The shapes that are offered beside the prompt and in forms; any other can be typed. */
export const ASPECTS = ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'];

/** @param {Action} name */
export function describeAction(name) {
  const described = room.offers.actions.find(({ action }) => action === name);
  if (described === undefined) throw new Error(`the service has no action ${name}`);
  return described;
}

/** @param {Message} message */
export function isMine(message) {
  return message.by.id === room.me.id;
}

/** Whether one may do what only the asker and moderators may. @param {Message} message */
export function mayEnd(message) {
  return isMine(message) || room.me.moderator;
}

/** Says something to those who listen instead of looking. @param {string} text */
export function announce(text) {
  find('#announcer').textContent = text;
}

/** @param {unknown} error @returns {string} what went wrong, as a sentence to show */
export function sentenceOf(error) {
  return error instanceof Error ? error.message : String(error);
}
