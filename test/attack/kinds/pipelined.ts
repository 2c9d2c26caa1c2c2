/** As many requests as fit into one packet, on one connection. */
import { connect } from 'node:net';
import { expectThat, type Kind } from '../kind.ts';

const PACKETS = 10;
const IN_A_PACKET = 1_300;

export const pipelined: Kind = {
  name: 'pipelined',
  against: 'open',
  async run(target, short) {
    const { hostname, port } = new URL(target.service.address);
    const packet = 'GET /api/messages HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(IN_A_PACKET);
    for (let i = 0; i < (short ? 1 : PACKETS); i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.resume().write(packet);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    const { status } = await target.ask('/api/messages');
    expectThat(status === 200, `afterwards /api/messages answers ${status}`);
    return `${IN_A_PACKET} requests at once: the connection is closed`;
  },
};
