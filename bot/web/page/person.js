/** Who one is here: a name to be seen by, and the password where one is set. */
import { ApiError, api } from './api.js';
import { field, makeForm, openGate, openSheet } from './dialogs.js';
import { avatar, el, find } from './elements.js';
import { room } from './room.js';
import { say } from './say.js';

export function openPerson() {
  const button = find('#person');
  function draw() {
    button.replaceChildren(avatar(room.me));
    button.setAttribute('aria-label', say('you_are', { name: room.me.name }));
    button.title = room.me.name;
  }
  button.addEventListener('click', () => {
    const name = el('input', {
      name: 'name',
      value: room.me.name,
      required: true,
      maxlength: '32',
      autocomplete: 'nickname',
    });
    const form = makeForm([field(say('name'), name, undefined, true)], say('keep'), async () => {
      room.me = await api.rename(name.value);
      draw();
    });
    openSheet(say('your_name'), el('p', {}, say('name_why')), form);
    name.select();
  });
  draw();
}

/** Resolves once one is let in: at once where no password is set. */
export async function letIn() {
  for (;;) {
    try {
      return await api.me();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) await askPassword();
      else await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

/** @returns {Promise<void>} */
function askPassword() {
  return new Promise((resolve) => {
    const password = el('input', {
      name: 'token',
      type: 'password',
      required: true,
      autocomplete: 'current-password',
    });
    const form = makeForm([field(say('password'), password, undefined, true)], say('come_in'), async () => {
      await api.login(password.value);
      resolve();
    });
    openGate(document.title, el('p', {}, say('password_why')), form);
    password.focus();
  });
}
