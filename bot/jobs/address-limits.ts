/**
 * How much one network address may ask for, whoever it says it is: a browser becomes another person by dropping its
 * cookies. Some people may share an address, so that it is allowed what some people are.
 */
import { LRUCache } from 'lru-cache';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';
import type { Asking } from './admission.ts';
import { type LimitSettings, Limits } from './limits.ts';
import { personKey } from './person.ts';

/** People of whom an address may have as much as one of them. */
const PEOPLE = 4;
/** Milliseconds until one looks again whether something waits no longer. */
const COME_BACK = 2_000;
/** Addresses of which a refusal is remembered. */
const MANY = 10_000;

export interface AddressLimitsDependencies {
  /** Of one person. */
  readonly limits: Pick<LimitSettings, 'waitingOfPerson' | 'personRate'>;
  readonly clock: Clock;
  /** Whether a job that was made just now waits for its turn: it may have begun already. */
  readonly isWaiting: (job: string) => boolean;
}

export class AddressLimits {
  private readonly dependencies: AddressLimitsDependencies;
  private readonly limits: Limits;
  /** On the clock that only goes forward. */
  private readonly refusedUntil = new LRUCache<string, number>({ max: MANY });
  /** Whose the jobs are that wait, by address; a symbol is one that is being written down. */
  private readonly waiting = new Map<string, Map<string | symbol, string>>();
  private readonly addresses = new Map<string | symbol, string>();

  constructor(dependencies: AddressLimitsDependencies) {
    this.dependencies = dependencies;
    const { waitingOfPerson, personRate } = dependencies.limits;
    this.limits = new Limits({
      waiting: Number.POSITIVE_INFINITY,
      waitingOfPerson: PEOPLE * waitingOfPerson,
      personRate: { burst: PEOPLE * personRate.burst, every: personRate.every / PEOPLE },
      channelRate: { burst: 1, every: 0 },
    });
  }

  /**
   * Lets a request be made; it is counted when it is about to be written down, so that a mistake costs nothing.
   * @param make is handed who asks, with what is to be asked before writing; what it gives names the `job` if there is one
   * @throws Fault `limit.address`, and what `make` throws
   */
  async admit<Result extends object | undefined>(
    address: string,
    asking: Asking,
    make: (asking: Asking) => Promise<Result>,
  ): Promise<Result> {
    // Who was told when to come back takes nothing from the limits that all share, until then.
    const left = (this.refusedUntil.get(address) ?? 0) - this.dependencies.clock.monotonic();
    if (left > 0) throw new Fault('limit.address', { retry_after_s: Math.ceil(left / 1000) });
    const joining = Symbol('joining');
    const person = personKey(asking.by);
    const allow = () => {
      asking.allow?.();
      this.check(address, person, asking.alone === true);
      this.enter(joining, address, person);
    };
    try {
      const result = await make({ ...asking, allow });
      const job = result !== undefined && 'job' in result ? String(result.job) : undefined;
      if (job !== undefined && this.dependencies.isWaiting(job)) this.enter(job, address, person);
      return result;
    } finally {
      this.left(joining);
    }
  }

  /** To be told of every job that waits no longer; the others are nothing to it. */
  left(job: string | symbol): void {
    const address = this.addresses.get(job);
    if (address === undefined) return;
    this.addresses.delete(job);
    const others = this.waiting.get(address)!;
    others.delete(job);
    if (others.size === 0) this.waiting.delete(address);
  }

  private enter(job: string | symbol, address: string, person: string): void {
    const others = this.waiting.get(address) ?? new Map<string | symbol, string>();
    this.waiting.set(address, others.set(job, person));
    this.addresses.set(job, address);
  }

  /** @param mayBeAlone who is somebody else at every request is not: what they asked for before waits beside it */
  private check(address: string, person: string, mayBeAlone: boolean): void {
    const now = this.dependencies.clock.monotonic();
    const comeBack = { untilPersonsNext: () => COME_BACK, untilNext: () => COME_BACK };
    const those = [...(this.waiting.get(address)?.values() ?? [])];
    const asker = {
      ...{ person: address, channel: '', waitingOfPerson: those.length, waiting: 0 },
      alone: mayBeAlone && those.every((one) => one === person),
    };
    try {
      this.limits.admit({ ...asker, ...comeBack }, now);
    } catch (error) {
      const { retry_after_s } = (error as Fault).data as { retry_after_s: number };
      this.refusedUntil.set(address, now + retry_after_s * 1000);
      throw new Fault('limit.address', { retry_after_s });
    }
  }
}
