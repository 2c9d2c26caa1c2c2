/**
 * Who is next. Fair between people by start-time fair queueing: each job takes the next round of its person, rounds
 * are served in order, within a round first who has not been served for longest, and who comes anew joins the round
 * that is being served. So somebody with fifty waiting jobs delays another's first by one job, not by fifty.
 *
 * Within a round, and among the jobs of one person, a device may prefer one whose model it holds. But nobody passes
 * the same waiting person twice, and a job that has been passed over too often or too long is passed over no more.
 */

export interface Waiting<T> {
  readonly id: string;
  readonly person: string;
  readonly model: string;
  readonly value: T;
  /** Milliseconds, on the clock that only goes forward. */
  readonly since: number;
}

export interface Patience {
  /** How often a job may be passed over. */
  readonly passedOver: number;
  /** Milliseconds after the first time, from which on it is not passed over again. */
  readonly passedOverFor: number;
}

interface Entry<T> {
  readonly job: Waiting<T>;
  passedOver: number;
  /** When it was first passed over. */
  passedSince?: number;
}

/** Somebody's waiting jobs. Moments are counted in events of this queue. */
interface Line<T> {
  readonly person: string;
  /** The round in which its first entry is served. */
  round: number;
  /** Since when the person waits for this turn. */
  waitsSince: number;
  readonly entries: Entry<T>[];
}

/** Somebody who was served, until nobody waits who could be compared with them. */
interface Served {
  nextRound: number;
  lastAt: number;
  /** Jobs that are being rendered. */
  inHand: number;
}

export class FairQueue<T> {
  private readonly lines = new Map<string, Line<T>>();
  private readonly served = new Map<string, Served>();
  /** The round that is being served. */
  private round = 0;
  private moment = 0;
  private count = 0;
  private readonly patience: Patience;

  constructor(patience: Patience) {
    this.patience = patience;
  }

  get size(): number {
    return this.count;
  }

  /** How many jobs of a person wait. */
  sizeOf(person: string): number {
    return this.lines.get(person)?.entries.length ?? 0;
  }

  add(job: Waiting<T>): void {
    this.lineOf(job.person).entries.push({ job, passedOver: 0 });
    this.count++;
  }

  /** Puts a job back whose attempt came to nothing: it has waited its turn, so it is served before all others. */
  putBack(job: Waiting<T>): void {
    const line = this.lineOf(job.person);
    line.round = Math.min(line.round, this.round);
    line.entries.unshift({ job, passedOver: Number.POSITIVE_INFINITY });
    this.count++;
  }

  /** Takes a job out of the queue; undefined when it does not wait. */
  remove(id: string): Waiting<T> | undefined {
    for (const line of this.lines.values()) {
      const at = line.entries.findIndex(({ job }) => job.id === id);
      if (at >= 0) return this.takeOut(line, at);
    }
    return undefined;
  }

  /** The model of the job that is next where no device has a preference. */
  get nextModel(): string | undefined {
    return this.servedNow()[0]?.entries[0]?.job.model;
  }

  /** The next job for a device that holds these models; undefined when none waits. */
  take(held: readonly string[], now: number): Waiting<T> | undefined {
    const lines = this.servedNow();
    if (lines.length === 0) return undefined;
    const { line, at } = this.choose(lines, held, now);
    return this.serve(line, at);
  }

  /** That job, for a device where it finishes sooner than those before it would; undefined when it does not wait. */
  takeThis(id: string): Waiting<T> | undefined {
    for (const line of this.lines.values()) {
      const at = line.entries.findIndex(({ job }) => job.id === id);
      if (at >= 0) return this.serve(line, at);
    }
    return undefined;
  }

  private serve(line: Line<T>, at: number): Waiting<T> {
    const inHand = (this.served.get(line.person)?.inHand ?? 0) + 1;
    this.round = Math.max(this.round, line.round);
    line.round++;
    line.waitsSince = ++this.moment;
    this.served.set(line.person, { nextRound: line.round, lastAt: this.moment, inHand });
    return this.takeOut(line, at);
  }

  /** A job that was taken has ended. */
  done(person: string): void {
    const served = this.served.get(person);
    if (served === undefined) return;
    served.inHand--;
    if (this.count === 0) this.forgetServed();
  }

  /**
   * Waiting jobs in the order in which one device would serve them if nothing else came.
   * @param most only the first so many, or some more
   */
  inOrder(most = Number.POSITIVE_INFINITY): Waiting<T>[] {
    const lines = [...this.lines.values()];
    const order: Waiting<T>[] = [];
    const takenAt = new Map<Line<T>, number>();
    const wanted = Math.min(most, this.count);
    let round = lines.reduce((lowest, line) => Math.min(lowest, line.round), Number.POSITIVE_INFINITY);
    for (; order.length < wanted; round++) {
      // What is compared is looked up once a line: there may be thousands.
      const served = lines
        .filter((line) => line.round <= round && round < line.round + line.entries.length)
        .map((line) => {
          const taken = takenAt.get(line);
          const isFront = Number(taken === undefined && isPutBack(line));
          return { line, isFront, lastAt: taken ?? this.lastAt(line) };
        });
      served.sort((a, b) => b.isFront - a.isFront || a.lastAt - b.lastAt);
      for (const { line } of served) {
        order.push(line.entries[round - line.round]!.job);
        takenAt.set(line, this.moment + order.length);
      }
    }
    return order;
  }

  /** Whose turn it is in the lowest round: who has waited longest since their last turn first. */
  private servedNow(): Line<T>[] {
    let lowest = Number.POSITIVE_INFINITY;
    let lines: Line<T>[] = [];
    for (const line of this.lines.values()) {
      if (line.round < lowest) {
        lowest = line.round;
        lines = [];
      }
      if (line.round === lowest) lines.push(line);
    }
    // Equal ones stay in the order of the map, which is that of their coming.
    return lines.sort(
      (a, b) => Number(isPutBack(b)) - Number(isPutBack(a)) || this.lastAt(a) - this.lastAt(b),
    );
  }

  private choose(lines: Line<T>[], held: readonly string[], now: number): { line: Line<T>; at: number } {
    const overdue = lines.findIndex((line) => !this.mayPass(line.entries[0]!, now));
    // Whose job is overdue, and who was served a moment ago all the same, lets those by who have waited since before.
    const isNow = overdue >= 0 && this.mayPassAll(lines[overdue]!, lines.slice(0, overdue));
    if (isNow) return { line: lines[overdue]!, at: 0 };
    const chosen = lines
      .slice(0, overdue < 0 ? undefined : overdue)
      .findIndex((line, i) => this.holds(line, held) >= 0 && this.mayPassAll(line, lines.slice(0, i)));
    if (chosen < 0) return { line: lines[0]!, at: 0 };
    const line = lines[chosen]!;
    const at = this.holds(line, held);
    const passed = [
      ...lines.slice(0, chosen).map(({ entries }) => entries[0]!),
      ...line.entries.slice(0, at),
    ];
    for (const entry of passed) {
      entry.passedOver++;
      entry.passedSince ??= now;
    }
    return { line, at };
  }

  /** Where in the line the first job for one of these models stands; -1 for nowhere. */
  private holds(line: Line<T>, models: readonly string[]): number {
    return line.entries.findIndex(({ job }) => models.includes(job.model));
  }

  private mayPassAll(line: Line<T>, others: Line<T>[]): boolean {
    return others.every((other) => this.lastAt(line) < other.waitsSince);
  }

  private mayPass({ passedOver, passedSince }: Entry<T>, now: number): boolean {
    const tooLong = passedSince !== undefined && now - passedSince >= this.patience.passedOverFor;
    return passedOver < this.patience.passedOver && !tooLong;
  }

  private lastAt({ person }: Line<T>): number {
    return this.served.get(person)?.lastAt ?? 0;
  }

  private lineOf(person: string): Line<T> {
    let line = this.lines.get(person);
    if (line === undefined) {
      const round = Math.max(this.round, this.served.get(person)?.nextRound ?? 0);
      line = { person, round, waitsSince: ++this.moment, entries: [] };
      this.lines.set(person, line);
    }
    return line;
  }

  private takeOut(line: Line<T>, at: number): Waiting<T> {
    const [entry] = line.entries.splice(at, 1);
    this.count--;
    if (line.entries.length === 0) this.lines.delete(line.person);
    if (this.count === 0) this.forgetServed();
    return entry!.job;
  }

  /** Nobody waits: who has nothing in hand comes anew the next time. */
  private forgetServed(): void {
    for (const [person, { inHand }] of this.served) if (inHand === 0) this.served.delete(person);
  }
}

function isPutBack<T>({ entries }: Line<T>): boolean {
  return entries[0]?.passedOver === Number.POSITIVE_INFINITY;
}
