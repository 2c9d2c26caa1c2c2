/** The page put together. */
import { api } from './api.js';
import { openComposer } from './composer.js';
import { icon } from './elements.js';
import { openGallery } from './gallery.js';
import { openLightboxOn } from './lightbox.js';
import { listen } from './live.js';
import { openMessageList } from './message-list.js';
import { letIn, openPerson } from './person.js';
import { openRemix } from './remix.js';
import { room } from './room.js';
import { openStatusRow } from './status-row.js';

room.me = await letIn();
room.offers = await api.options();
const list = openMessageList();
const gallery = openGallery();
const status = openStatusRow();

room.doing.openRemix = openRemix;
room.doing.openLightbox = (id, index) => {
  const inOrder = () => [...room.messages.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const isKnown = room.messages.has(id);
  if (isKnown) openLightboxOn(inOrder, id, index);
  else window.open(`/api/jobs/${id}/${index + 1}.png`, '_blank', 'noopener');
};
room.doing.showView = (name) => {
  const gallerySeen = name === 'gallery';
  document.querySelector('#chat-view').hidden = gallerySeen;
  document.querySelector('#gallery-view').hidden = !gallerySeen;
  document.querySelector('#tab-chat').toggleAttribute('aria-current', false);
  document.querySelector('#tab-gallery').toggleAttribute('aria-current', false);
  document.querySelector(gallerySeen ? '#tab-gallery' : '#tab-chat').setAttribute('aria-current', 'page');
  if (location.hash.slice(1) !== name) history.replaceState(null, '', `#${name}`);
  if (gallerySeen) gallery.open();
};

openPerson();
openTheme();
const view = () => room.doing.showView(location.hash === '#gallery' ? 'gallery' : 'chat');
addEventListener('hashchange', view);
view();
openComposer();
listen({
  message: list.show,
  removed(id) {
    list.remove(id);
    gallery.remove(id);
  },
  status: status.show,
  async anew() {
    await list.reload();
    document.body.dataset.ready = '';
  },
  connected: status.connected,
});

function openTheme() {
  const button = document.querySelector('#theme');
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const draw = () => {
    button.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
    button.setAttribute('aria-label', isDark() ? 'Switch to the light theme' : 'Switch to the dark theme');
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try {
      localStorage.setItem('darkroom.theme', root.dataset.theme);
    } catch {
      // Then it holds until the page is closed.
    }
    draw();
  });
  system.addEventListener('change', draw);
  draw();
}
