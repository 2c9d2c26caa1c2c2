/** Guesses at the password, in every way in which one can be given. */
import { expectThat, type Kind } from '../kind.ts';
import { TOKEN } from '../passwords.ts';
import type { Reply, Target } from '../target.ts';

const WAYS: readonly ((target: Target, guess: string) => Promise<Reply>)[] = [
  (target, guess) => target.ask('/api/me', { headers: { authorization: `Bearer ${guess}` } }),
  (target, guess) => target.ask('/api/me', { headers: { cookie: `darkroom_key=${guess}` } }),
  (target, guess) => target.post('/api/login', JSON.stringify({ token: guess })),
];

export const guesses: Kind = {
  name: 'guesses',
  against: 'locked',
  async run(target) {
    const login = await target.post('/api/login', JSON.stringify({ token: TOKEN }));
    const key = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const me = await fetch(new URL('/api/me', target.service.address), { headers: { cookie: key } });
    expectThat(((await me.json()) as { moderator: boolean }).moderator === false, 'a visitor is a moderator');
    let looked = 0;
    for (let i = 0; i < 300; i++) {
      const { status } = await WAYS[i % WAYS.length]!(target, `guess-${i}`);
      if (status === 401) looked++;
      expectThat(status === 401 || status === 429, `guess ${i}: ${status}`);
    }
    expectThat(looked === 10, `${looked} of 300 guesses were looked at`);
    for (const [i, way] of WAYS.entries()) {
      if (i === 1) continue;
      const { status } = await way(target, TOKEN);
      expectThat(status === 429, `the right password: ${status}`);
    }
    const inside = await target.ask('/api/me', { headers: { cookie: key } });
    expectThat(inside.status === 200, `whoever was in: ${inside.status}`);
    return `${looked} of 300 looked at, then nothing; whoever was in stays in`;
  },
};
