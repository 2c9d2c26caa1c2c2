/** What an interaction allows the app for a while: one form within three seconds, five answers in half an hour. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../bot/time/clock.ts';
import { type Channel, type Execution, type Message, Refusal, type User } from './shapes.ts';

const TRIGGER_LIFE = 3_000;
const RESPONSE_LIFE = 30 * 60_000;
const RESPONSE_USES = 5;

export interface Trigger {
  readonly user: User;
  readonly at: number;
  readonly execution?: Execution;
  used: boolean;
}

export interface ResponseUrl {
  readonly url: string;
  readonly user: User;
  readonly channel: Channel;
  /** The message whose button was pressed. */
  readonly source?: Message;
  readonly threadTs?: string;
  readonly at: number;
  uses: number;
}

export class Triggers {
  readonly responses = new Map<string, ResponseUrl>();
  private readonly triggers = new Map<string, Trigger>();
  private readonly clock: Clock;
  private serial = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  newTrigger(user: User, execution?: Execution): string {
    const id = `${++this.serial}.${Math.floor(this.clock.now() / 1000)}.${user.team.id.toLowerCase()}`;
    const more = execution === undefined ? {} : { execution };
    this.triggers.set(id, { user, at: this.clock.now(), used: false, ...more });
    return id;
  }

  /** @throws Refusal */
  useTrigger(id: string): Trigger {
    const trigger = this.triggers.get(id);
    if (trigger === undefined) throw new Refusal('invalid_trigger_id');
    if (this.clock.now() - trigger.at > TRIGGER_LIFE) throw new Refusal('expired_trigger_id');
    if (trigger.used) throw new Refusal('exchanged_trigger_id');
    trigger.used = true;
    return trigger;
  }

  newResponseUrl(
    origin: string,
    user: User,
    channel: Channel,
    more: Pick<ResponseUrl, 'source' | 'threadTs'> = {},
  ): string {
    const path = `/commands/${user.team.id}/${++this.serial}/${randomBytes(12).toString('hex')}`;
    const url = `${origin}${path}`;
    this.responses.set(path, { url, user, channel, at: this.clock.now(), uses: 0, ...more });
    return url;
  }

  /** @throws Refusal */
  useResponse(path: string): ResponseUrl {
    const response = this.responses.get(path);
    if (response === undefined) throw new Refusal('invalid_url');
    if (this.clock.now() - response.at > RESPONSE_LIFE) throw new Refusal('expired_url');
    if (response.uses >= RESPONSE_USES) throw new Refusal('used_url');
    response.uses++;
    return response;
  }
}
