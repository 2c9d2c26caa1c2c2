/** The one row of what can be done with a message: the service says what it may be, how it is called, and by whom. */
import { act, pickPicture } from './acts.js';
import { el, icon } from './elements.js';
import { openRegion } from './region.js';
import { describeAction, mayEnd, room } from './room.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */
/** @typedef {import('./room.js').Action} Action */

/** @type {Record<ReturnType<typeof describeAction>['look'], string>} */
const LOOKS = { plain: '', main: '.accent', danger: '.danger' };

/** @param {Message} message */
export function actionRow(message) {
  const row = el('div.actions', { role: 'group', 'aria-label': say('actions') });
  for (const action of message.actions) {
    const { label, help, look, who, reactions } = describeAction(action);
    if (who === 'owner' && !mayEnd(message)) continue;
    const n = madeOf(message, action);
    const signs = reactions.filter((sign) => /\p{Extended_Pictographic}/u.test(sign)).join(' ');
    const button = el(
      `button.action${LOOKS[look]}`,
      {
        type: 'button',
        'data-act': action,
        title: signs === '' ? help : `${help} (${signs})`,
        'aria-label': n > 0 && say('so_far', { label, n }),
        onclick: () => act(action, message, button),
      },
      icon(action),
      el(`span${action === 'delete' ? '.hidden' : ''}`, {}, label),
      n > 0 && el('span.count', {}, String(n)),
    );
    row.append(button);
    if (action === 'vary') row.append(regionButton(message));
  }
  return row;
}

/** Part of a picture anew: the page's own, since no other chat has a brush. @param {Message} message */
function regionButton(message) {
  const onclick = () => pickPicture('region', message, button, (i) => void openRegion(message, i));
  const properties = { type: 'button', 'data-act': 'region', title: say('region_help'), onclick };
  const button = el('button.action', properties, icon('region'), el('span', {}, say('region')));
  return button;
}

/** How many pictures were made from this one by that action, as far as this page has seen. @param {Message} message @param {Action} action */
function madeOf({ id }, action) {
  let made = 0;
  for (const { origin } of room.messages.values()) if (origin?.job === id && origin.kind === action) made++;
  return made;
}
