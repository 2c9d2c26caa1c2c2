/**
 * How much one network address may ask for, whoever it says it is: a browser becomes another person by dropping its
 * cookies. Some people may share an address, so that it is allowed what some people are.
 */
import { type CommandResult, isReply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Asking } from '../jobs/admission.ts';
import { type LimitSettings, Limits } from '../jobs/limits.ts';
import type { Clock } from '../time/clock.ts';

/** People of whom an address may have as much as one of them. */
const PEOPLE = 4;
/** Seconds until one looks again whether something waits no longer. */
const COME_BACK = 2;
/** Addresses of which a refusal is remembered. */
const MANY = 10_000;

export interface AddressParts {
  /** Of one person. */
  readonly limits: Pick<LimitSettings, 'waitingOfPerson' | 'personRate'>;
  readonly clock: Clock;
  /** Whether the job still waits for its turn. */
  readonly isWaiting: (job: string) => boolean;
}

export class AddressLimits {
  private readonly dependencies: AddressParts;
  private readonly limits: Limits;
  /** Of addresses that were refused, on the clock that only goes forward. */
  private readonly refusedUntil = new Map<string, number>();
  /** Jobs that waited when they were last looked at; a symbol stands for one that is being written down. */
  private readonly waiting = new Map<string, Set<string | symbol>>();

  constructor(dependencies: AddressParts) {
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
   * @param make is handed who asks, with what is to be asked before writing @throws Fault `limit.address`, and what `make` throws
   */
  async admit<T>(
    { address, asking }: { readonly address: string; readonly asking: Asking },
    make: (asking: Asking) => Promise<T>,
    jobOf: (made: T) => string | undefined,
  ): Promise<T> {
    const joining = Symbol('joining');
    const jobs = () => {
      const found = this.waiting.get(address) ?? new Set();
      this.waiting.set(address, found);
      return found;
    };
    const allow = () => {
      asking.allow?.();
      this.check(address);
      jobs().add(joining);
    };
    this.refuseTheRefused(address);
    try {
      const made = await make({ ...asking, allow });
      const job = jobOf(made);
      if (job !== undefined) jobs().add(job);
      return made;
    } finally {
      jobs().delete(joining);
      if (jobs().size === 0) this.waiting.delete(address);
    }
  }

  private check(address: string): void {
    const asker = {
      person: address,
      channel: '',
      waitingOfPerson: this.waitingOf(address),
      waiting: 0,
      untilPersonsNext: () => COME_BACK * 1000,
      untilNext: () => 0,
    };
    try {
      this.limits.admit(asker, this.dependencies.clock.monotonic());
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { retry_after_s } = error.data as { retry_after_s: number };
      if (this.refusedUntil.size > MANY) this.refusedUntil.clear();
      this.refusedUntil.set(address, this.dependencies.clock.monotonic() + retry_after_s * 1000);
      throw new Fault('limit.address', { retry_after_s });
    }
  }

  /** Who was told when to come back takes nothing from the limits that all share, until then. */
  private refuseTheRefused(address: string): void {
    const left = (this.refusedUntil.get(address) ?? 0) - this.dependencies.clock.monotonic();
    if (left > 0) throw new Fault('limit.address', { retry_after_s: Math.ceil(left / 1000) });
    this.refusedUntil.delete(address);
  }

  private waitingOf(address: string): number {
    const jobs = this.waiting.get(address) ?? new Set();
    for (const job of jobs)
      if (typeof job === 'string' && !this.dependencies.isWaiting(job)) jobs.delete(job);
    return jobs.size;
  }
}

/** The job that a command made, if it made one. */
export function jobOfResult(result: CommandResult | undefined): string | undefined {
  return result === undefined || isReply(result) ? undefined : result.job;
}
