/** Three hundred event streams that nobody reads, while a lot happens. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expectThat, type Kind } from '../kind.ts';

/** Bytes: 100 streams of 256 KiB, what the service has of its own, and room for rubbish that is not collected yet. */
const MOST = 200 * 2 ** 20;

export const unreadStreams: Kind = {
  name: 'unread streams',
  against: 'open',
  async run(target, short) {
    const before = target.memory() ?? 0;
    const { hostname, port } = new URL(target.service.address);
    const sockets = Array.from({ length: 300 }, () => {
      const socket: Socket = connect(Number(port), hostname).pause();
      socket.on('error', () => {});
      socket.write(`GET /api/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
      return socket;
    });
    const end = performance.now() + (short ? 4_000 : 20_000);
    let asked = 0;
    while (performance.now() < end) {
      await target.post('/api/imagine', JSON.stringify({ prompt: 'a red circle', steps: 20, model: 'nano' }));
      asked++;
      await pause(200);
    }
    const refused = await target.ask('/api/events');
    const grown = (target.memory() ?? 0) - before;
    for (const socket of sockets) socket.destroy();
    expectThat(refused.status === 429, `one more stream: ${refused.status}`);
    expectThat(grown < MOST, `memory grew by ${Math.round(grown / 2 ** 20)} MB`);
    return `${asked} requests meanwhile; one more stream: ${refused.sentence}`;
  },
};
