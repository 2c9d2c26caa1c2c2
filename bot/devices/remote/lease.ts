/**
 * Which bot has the queue: a lock in Redis that its holder must renew, with a number that only grows (a fencing token). The
 * workers follow the bot with the greater number, and a bot that has lost the lock ends before it writes or sends anything.
 */
import { Fault } from '../../../config/faults.ts';
import { type Clock, pause } from '../../time/clock.ts';
import type { Names } from './names.ts';
import { BEAT, GONE } from './protocol.ts';
import type { Wire } from './wire.ts';

/** Milliseconds for which Redis keeps the lock of a bot that does not renew it; the holder itself gives up sooner. */
export const KEPT = GONE + BEAT;

export interface Lease {
  /** Greater than that of every holder before, even where Redis has lost what it held. */
  readonly token: number;
  /**
   * Asked before anything is written. False where another bot may have the lock: for good, or until Redis has said that
   * it is ours still, where this process itself has stood still for so long that another may have it.
   */
  mayWrite(): boolean;
  /** Gives the lock back: whoever waits for it has it at once. */
  close(): Promise<void>;
}

export interface LeaseOptions {
  readonly wire: Wire;
  readonly names: Names;
  readonly clock: Clock;
  /** Of this start. */
  readonly instance: string;
  /** Of the journal on this machine. Who holds the journal knows that a holder of the same place is gone. */
  readonly place: string;
  readonly queueName: string;
  /** Called each time that it is held by another bot. */
  readonly waiting: () => void;
  /** Another bot may have it; called once. */
  readonly lost: (fault: Fault) => void;
}

/** KEYS: lock, number, sign of a bot that waits. ARGV: holder, its place, milliseconds. @returns the number, 0 where another holds it */
const TAKE = `
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[2]) ~= ARGV[2] then
  redis.call('SET', KEYS[3], '1', 'PX', ARGV[3])
  return 0
end
local time = redis.call('TIME')
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[2], string.format('%.0f', token))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return token`;

/** ARGV: holder, milliseconds, its number. @returns 0: another has it; 1: it is ours, also where Redis had lost it; 2: and another bot waits */
const RENEW = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('EXISTS', KEYS[3]) + 1`;

/** ARGV: holder. */
const GIVE_BACK = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1`;

/** Resolves when it is ours: a bot that finds another one waits until that one is gone. */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { wire, names, clock, instance, place, queueName, waiting, lost } = options;
  const keys = [names.bot, names.token, names.standby];
  const holder = `${place} ${instance}`;
  let token = 0;
  let asked = clock.monotonic();
  for (;;) {
    asked = clock.monotonic();
    token = Number(await wire.run(TAKE, keys, [holder, `${place} `, String(KEPT)]));
    if (token > 0) break;
    waiting();
    await pause(clock, BEAT / 2);
  }

  /** When the last renewal that was answered was asked for. */
  let renewed = asked;
  let isAwaited = false;
  /** When this process was last seen to run, and when it last had to ask whether the lock is still its own. */
  let lookedAt = asked;
  let unsureSince = asked;
  let state: 'held' | 'lost' | 'given back' = 'held';
  function lose(): void {
    if (state !== 'held') return;
    state = 'lost';
    lost(new Fault('bot.replaced', { queue: queueName }));
  }
  /** Where nobody waits for it, a Redis that is away is waited out: the next renewal tells whether somebody came. */
  function look(): void {
    const now = clock.monotonic();
    if (now - lookedAt >= GONE) unsureSince = now;
    lookedAt = now;
    if (isAwaited && now - renewed >= GONE) lose();
  }
  async function renew(): Promise<void> {
    const at = clock.monotonic();
    const answer = await wire.run(RENEW, keys, [holder, String(KEPT), String(token)]).then(Number, () => -1);
    if (answer === 0) return lose();
    if (answer < 0) return;
    renewed = at;
    isAwaited = answer > 1;
  }
  const renewing = async () => {
    while (state === 'held') {
      await pause(clock, BEAT / 2);
      if (state === 'held') await renew();
    }
  };
  const looking = () => {
    look();
    if (state === 'held') clock.after(BEAT / 2, looking);
  };
  void renewing();
  looking();

  return {
    token,
    mayWrite() {
      if (state === 'held') look();
      return state === 'given back' || (state === 'held' && renewed >= unsureSince);
    },
    async close() {
      if (state !== 'held') return;
      state = 'given back';
      if (wire.isUp) await wire.run(GIVE_BACK, keys, [holder]).catch(() => {});
    },
  };
}
