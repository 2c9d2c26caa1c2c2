/** Who one is here: a name to be seen by, and the password where one is set. */
import { ApiError, api } from './api.js';
import { field, makeForm, openSheet } from './dialogs.js';
import { avatar, el } from './elements.js';
import { room } from './room.js';

export function openPerson() {
  const button = document.querySelector('#person');
  function draw() {
    button.replaceChildren(avatar(room.me));
    button.setAttribute('aria-label', `You are ${room.me.name}; change your name`);
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
    const form = makeForm([field('Name', name, undefined, true)], 'Keep', async (values) => {
      room.me = await api.rename(values.name);
      draw();
    });
    openSheet('Your name', el('p', {}, 'It stands above your pictures from now on.'), form);
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

function askPassword() {
  return new Promise((resolve) => {
    const password = el('input', {
      name: 'token',
      type: 'password',
      required: true,
      autocomplete: 'current-password',
    });
    const form = makeForm([field('Password', password, undefined, true)], 'Come in', async ({ token }) => {
      await api.login(token);
      resolve(undefined);
    });
    const dialog = openSheet(
      'Darkroom',
      el('p', {}, 'This studio has a password: the value of API_TOKEN.'),
      form,
    );
    dialog.querySelector('[aria-label="Close"]')?.remove();
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    password.focus();
  });
}
