/** What happens, as it happens; after a broken connection, what was missed. */
import { api } from './api.js';

/**
 * @param {object} parts
 * @param {(message: import('./room.js').Message) => void} parts.message
 * @param {(id: string) => void} parts.removed
 * @param {(status: any) => void} parts.status
 * @param {() => Promise<void>} parts.anew the page must look at everything again
 * @param {(connected: boolean) => void} parts.connected
 */
export function listen({ message, removed, status, anew, connected }) {
  /** @type {EventSource | undefined} */
  let events;
  let last = '';
  let retry;

  function open() {
    clearTimeout(retry);
    events = new EventSource(`/api/events${last === '' ? '' : `?after=${encodeURIComponent(last)}`}`);
    const on = (name, then) =>
      events.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        then(JSON.parse(event.data));
      });
    on('hello', (hello) => {
      connected(true);
      if (hello.anew) void anew();
    });
    on('message', message);
    on('removed', ({ id }) => removed(id));
    on('status', status);
    events.addEventListener('error', () => {
      connected(false);
      // A browser gives up for good after an answer that is no stream, such as one of a proxy.
      if (events.readyState === EventSource.CLOSED) retry = setTimeout(reopen, 2000);
    });
  }

  async function reopen() {
    await api.me().then(open, () => {
      retry = setTimeout(reopen, 2000);
    });
  }

  open();
}
