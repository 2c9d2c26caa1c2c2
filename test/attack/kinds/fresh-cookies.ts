/** One browser that is somebody else at every request. */
import { expectThat, type Kind } from '../kind.ts';

export const freshCookies: Kind = {
  name: 'fresh cookies',
  against: 'open',
  async run(target) {
    const counts = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const cookie = `darkroom_person=${i.toString(16).padStart(32, '0')}`;
      const body = JSON.stringify({ prompt: 'a red circle', steps: 50, model: 'nano' });
      const { status, code } = await target.post('/api/imagine', body, { cookie });
      const answer = status === 202 ? 'accepted' : `${status} ${code}`;
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    const accepted = counts.get('accepted') ?? 0;
    expectThat(accepted > 0 && accepted < 60, `${accepted} of 60 accepted`);
    expectThat(counts.has('429 limit.address'), [...counts.keys()].join(', '));
    return [...counts].map(([answer, count]) => `${count} ${answer}`).join(', ');
  },
};
