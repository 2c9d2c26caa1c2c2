/**
 * How many calls each rate-limited route still allows. Adapters report what the platform says; calls in between are
 * counted. A progress edit goes only while more calls remain than pictures are being made for that route, so that
 * every final finds a call left.
 */
import type { Clock } from '../time/clock.ts';

export interface Allowance {
  readonly count: number;
  /** Milliseconds. */
  readonly every: number;
}

interface Budget {
  allowance: Allowance;
  remaining: number;
  /** When `remaining` is full again; undefined while it is full. */
  resetAt: number | undefined;
  readonly active: Set<string>;
  /** Calls that have no answer yet. */
  underWay: number;
}

const MANY = 1000;

export class RouteBudgets {
  private readonly routes = new Map<string, Budget>();
  private sweepAt = MANY;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A job begins to be rendered whose final will go on this route. */
  enter(route: string, job: string, allowance: Allowance): void {
    this.budget(route, allowance).active.add(job);
  }

  leave(route: string, job: string): void {
    const budget = this.routes.get(route);
    if (budget === undefined) return;
    budget.active.delete(job);
    this.forgetFull(route, budget);
  }

  /** What the platform said with an answer: it does not know yet of other calls under way. @param resetAfter milliseconds */
  report(route: string, remaining: number, resetAfter: number): void {
    const budget = this.routes.get(route);
    if (budget === undefined) return;
    budget.remaining = Math.max(0, remaining - Math.max(0, budget.underWay - 1));
    budget.resetAt = this.clock.monotonic() + resetAfter;
  }

  /** A call goes out. The returned function is called once, when it was answered. */
  spend(route: string, allowance: Allowance): () => void {
    const budget = this.budget(route, allowance);
    budget.remaining = Math.max(0, budget.remaining - 1);
    budget.resetAt ??= this.clock.monotonic() + allowance.every;
    budget.underWay++;
    return () => {
      budget.underWay--;
    };
  }

  /** Milliseconds until a progress edit may go; 0 for now. */
  previewWait(route: string, allowance: Allowance): number {
    const budget = this.budget(route, allowance);
    if (budget.remaining > budget.active.size) return 0;
    return budget.resetAt === undefined ? allowance.every : budget.resetAt - this.clock.monotonic();
  }

  private budget(route: string, allowance: Allowance): Budget {
    const found = this.routes.get(route);
    if (found === undefined) {
      const budget: Budget = {
        ...{ allowance, remaining: allowance.count, resetAt: undefined },
        ...{ active: new Set(), underWay: 0 },
      };
      this.routes.set(route, budget);
      this.forgetAllFull();
      return budget;
    }
    found.allowance = allowance;
    this.refill(found);
    return found;
  }

  /** Looked for only when many have come since the last time. */
  private forgetAllFull(): void {
    if (this.routes.size < this.sweepAt) return;
    for (const [name, budget] of this.routes) this.forgetFull(name, budget);
    this.sweepAt = Math.max(MANY, 2 * this.routes.size);
  }

  private refill(budget: Budget): void {
    if (budget.resetAt === undefined || budget.resetAt > this.clock.monotonic()) return;
    budget.remaining = budget.allowance.count;
    budget.resetAt = undefined;
  }

  /** A full route without active jobs needs no memory: a platform may have one for each answer. */
  private forgetFull(route: string, budget: Budget): void {
    this.refill(budget);
    const isIdle = budget.active.size === 0 && budget.underWay === 0;
    if (isIdle && budget.resetAt === undefined) this.routes.delete(route);
  }
}
