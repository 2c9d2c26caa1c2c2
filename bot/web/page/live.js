/** What happens, as it happens; after a broken connection, what was missed. */
import { api } from './api.js';

/**
 * @param {string} after the last word that is known already
 * @param {object} listeners
 * @param {(message: import('./room.js').Message) => void} listeners.message
 * @param {(id: string) => void} listeners.removed
 * @param {(status: import('../status.ts').Status) => void} listeners.status
 * @param {() => Promise<void>} listeners.anew the page must look at everything again
 * @param {(connected: boolean) => void} listeners.connected
 */
export function listen(after, { message, removed, status, anew, connected }) {
  let last = after;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;

  function open() {
    clearTimeout(retry);
    const events = new EventSource(`/api/events?after=${encodeURIComponent(last)}`);
    /** @param {string} name @param {(data: any) => void} then */
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
