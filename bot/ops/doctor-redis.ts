/** Redis or Valkey, where several machines share jobs: one PING. */
import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { type Check, type Finding, sentenceOf } from './doctor-check.ts';

const PATIENCE = 10_000;

export const checkRedis: Check = async (_, { env }) => {
  const about = 'Redis';
  const given = env.REDIS_URL?.trim();
  if (!given)
    return [{ about, state: 'note', text: 'not configured (REDIS_URL): everything runs in one process' }];
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol))
    return [{ about, state: 'fault', text: 'REDIS_URL must begin with redis:// or rediss://' }];
  const unused: Finding[] = env.ROLE?.trim()
    ? []
    : [{ about, state: 'note', text: 'ROLE is not set: everything runs in one process all the same' }];
  try {
    return [await ping(url), ...unused];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? sentenceOf(error);
    return [{ about, state: 'fault', text: `${url.host} cannot be reached (${code})` }];
  }
};

/** A command as the protocol writes it: every word with its length. */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

function ping(url: URL): Promise<Finding> {
  const about = 'Redis';
  const password = decodeURIComponent(url.password);
  const name = decodeURIComponent(url.username);
  const login = password === '' ? '' : command('AUTH', ...(name === '' ? [password] : [name, password]));
  const at = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 6379) };
  return new Promise((resolve, reject) => {
    const socket =
      url.protocol === 'rediss:' ? connectSecure({ ...at, servername: at.host }) : connectPlain(at);
    let answer = '';
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.write(login + command('PING'));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      const refused = /^-(.*)\r\n/m.exec(answer)?.[1];
      if (refused === undefined && !answer.includes('+PONG')) return;
      socket.destroy();
      const state = refused === undefined ? 'ok' : 'fault';
      resolve({
        about,
        state,
        text: `${url.host} ${refused === undefined ? 'answers' : `refuses: ${refused}`}`,
      });
    });
    socket.once('close', () => reject(new Error('it hung up')));
  });
}
