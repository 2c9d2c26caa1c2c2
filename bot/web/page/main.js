/** The page put together. */
import { api } from './api.js';
import { openComposer } from './composer.js';
import { find } from './elements.js';
import { openGallery } from './gallery.js';
import { openLightboxOn } from './lightbox.js';
import { listen } from './live.js';
import { openMessageList } from './message-list.js';
import { letIn, openPerson } from './person.js';
import { openRemix } from './remix.js';
import { room } from './room.js';
import { language } from './say.js';
import { openStatusRow } from './status-row.js';
import { openTheme } from './theme-button.js';

// All at once: over a slow network each answer takes half a second. Who is not let in yet asks again.
const ask = () => Promise.all([api.options(), api.messages()]);
const early = ask().catch(() => undefined);
room.me = await letIn();
const [offers, listed] = (await early) ?? (await ask());
room.offers = offers;
// Somebody who has chosen a language gets the page in it; before they are let in only the browser's is known.
if (room.offers.language !== language) location.replace(`/?language=${room.offers.language}${location.hash}`);

const list = openMessageList();
const gallery = openGallery();
const status = openStatusRow();

room.doing.openRemix = openRemix;
room.doing.openLightbox = (id, index) => {
  const inOrder = () => [...room.messages.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (room.messages.has(id)) openLightboxOn(inOrder, id, index);
  else window.open(`/api/jobs/${id}/${index + 1}.png`, '_blank', 'noopener');
};
room.doing.showView = (name) => {
  const gallerySeen = name === 'gallery';
  find('#chat-view').hidden = gallerySeen;
  find('#gallery-view').hidden = !gallerySeen;
  find('#tab-chat').removeAttribute('aria-current');
  find('#tab-gallery').removeAttribute('aria-current');
  find(gallerySeen ? '#tab-gallery' : '#tab-chat').setAttribute('aria-current', 'page');
  if (location.hash.slice(1) !== name) history.replaceState(history.state, '', `#${name}`);
  if (gallerySeen) gallery.open();
};
room.doing.take = (id) => {
  list.remove(id);
  gallery.remove(id);
};
room.doing.put = (message) => {
  list.putBack(message);
  gallery.refresh();
};

openPerson();
openTheme();
const view = () => room.doing.showView(location.hash === '#gallery' ? 'gallery' : 'chat');
addEventListener('hashchange', view);
view();
const composer = openComposer();
list.fill(listed);
document.body.dataset.ready = '';
listen(listed.after, {
  message: list.hear,
  removed(id) {
    list.hearRemoved(id);
    gallery.remove(id);
  },
  status: status.show,
  anew: list.reload,
  connected(is) {
    status.connected(is);
    if (is) void composer.sendAll();
  },
});
