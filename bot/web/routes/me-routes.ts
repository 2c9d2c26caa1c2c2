/** Who somebody is on the page: the password, and the name that others see. */
import type { Express, Response } from 'express';
import { shown } from '../../../commands/read-fields.ts';
import { Fault } from '../../../config/faults.ts';
import { Phrase } from '../../../config/messages.ts';
import { sendJson, sendNothing } from '../../http/answers.ts';
import type { Shared } from '../dependencies.ts';
import { giveCookie, LONGEST_NAME, publicId, readName } from '../visitor.ts';

/** Who somebody is on the page. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly moderator: boolean;
  /** There is a password. */
  readonly needsToken: boolean;
}

/** Open to everybody: here the password is tried. */
export function loginRoute(app: Express, { lock, bodies }: Shared): void {
  app.post('/api/login', async (request, response) => {
    const { token } = await bodies.read(request, 'plain');
    if (lock !== undefined) {
      const word = typeof token === 'string' || typeof token === 'number' ? String(token) : undefined;
      lock.open(word, response.locals.address);
      giveCookie(response, 'key', lock.keys.issue());
    }
    sendNothing(response);
  });
}

export function meRoutes(app: Express, { lock, bodies, surface }: Shared): void {
  async function sendMe(response: Response, name?: string): Promise<void> {
    const { person } = response.locals.visitor;
    const me: Me = {
      id: publicId(person),
      name: name ?? person.name,
      moderator: await surface.isModerator(person),
      needsToken: lock !== undefined,
    };
    sendJson(response, 200, me);
  }

  app.get('/api/me', (_, response) => sendMe(response));

  app.post('/api/me', async (request, response) => {
    const { name: given } = await bodies.read(request, 'plain');
    const name = readName(typeof given === 'string' ? given : '');
    if (name === undefined) {
      const allowed = new Phrase('allowed.text', { min: 1, max: LONGEST_NAME, blank: 'no' });
      throw new Fault('option.value', { option: 'name', value: shown(given), allowed });
    }
    giveCookie(response, 'name', name);
    await sendMe(response, name);
  });
}
