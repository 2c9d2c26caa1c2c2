/**
 * Who is next. Fair between people by start-time fair queueing: each job takes the next round of its person, rounds
 * are served in order, and who comes anew joins the round that is being served. So somebody with fifty waiting jobs
 * delays another's first by the one that runs, not by fifty.
 *
 * Within a round, and among the jobs of one person, a device may prefer one whose model it holds; a job that has
 * been passed over too often or too long is not passed over again.
 */

export interface Waiting<T> {
  readonly id: string;
  readonly person: string;
  readonly model: string;
  readonly value: T;
  /** Milliseconds since 1970. */
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
  readonly arrival: number;
  passedOver: number;
  /** When it was first passed over. */
  passedSince?: number;
}

interface Line<T> {
  /** The round in which its first entry is served. */
  round: number;
  readonly entries: Entry<T>[];
}

export class FairQueue<T> {
  private readonly lines = new Map<string, Line<T>>();
  /** People whose jobs are being rendered: how many, and the round after the last one taken. */
  private readonly inHand = new Map<string, { count: number; nextRound: number }>();
  /** The round that is being served. */
  private round = 0;
  private arrivals = 0;
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
    const line = this.lineOf(job.person);
    line.entries.push({ job, arrival: this.arrivals++, passedOver: 0 });
    this.count++;
  }

  /** Puts a job back whose attempt came to nothing: it has waited its turn, so it is served before all others. */
  putBack(job: Waiting<T>): void {
    const line = this.lineOf(job.person);
    line.round = Math.min(line.round, this.round);
    line.entries.unshift({ job, arrival: -1, passedOver: this.patience.passedOver });
    this.count++;
  }

  /** Takes a job out of the queue; undefined when it does not wait. */
  remove(id: string): Waiting<T> | undefined {
    for (const [person, line] of this.lines) {
      const at = line.entries.findIndex(({ job }) => job.id === id);
      if (at >= 0) return this.takeOut(person, line, at);
    }
    return undefined;
  }

  /** The model of the job that is next where no device has a preference. */
  get nextModel(): string | undefined {
    return this.servedNow()[0]?.line.entries[0]?.job.model;
  }

  /** The next job for a device that holds this model; undefined when none waits. */
  take(resident: string | undefined, now: number): Waiting<T> | undefined {
    const firsts = this.servedNow();
    const first = firsts[0];
    if (first === undefined) return undefined;
    const chosen = this.choose(firsts, resident, now);
    this.round = Math.max(this.round, first.line.round);
    const count = (this.inHand.get(chosen.person)?.count ?? 0) + 1;
    this.inHand.set(chosen.person, { count, nextRound: chosen.line.round + 1 });
    return this.takeOut(chosen.person, chosen.line, chosen.at, true);
  }

  /** A job that was taken has ended. Who has none in hand any more comes anew the next time. */
  done(person: string): void {
    const held = this.inHand.get(person);
    if (held === undefined) return;
    held.count--;
    if (held.count === 0) this.inHand.delete(person);
  }

  /** All waiting jobs in the order in which one device would serve them if nothing else came. */
  inOrder(): Waiting<T>[] {
    const places = [...this.lines.values()].flatMap(({ round, entries }) =>
      entries.map(({ job, arrival }, i) => ({ job, arrival, round: round + i })),
    );
    return places.sort((a, b) => a.round - b.round || a.arrival - b.arrival).map(({ job }) => job);
  }

  /** People whose turn it is in the lowest round, in order of arrival. */
  private servedNow(): { person: string; line: Line<T> }[] {
    let lowest = Number.POSITIVE_INFINITY;
    let people: { person: string; line: Line<T> }[] = [];
    for (const [person, line] of this.lines) {
      if (line.round < lowest) {
        lowest = line.round;
        people = [];
      }
      if (line.round === lowest) people.push({ person, line });
    }
    return people.sort((a, b) => a.line.entries[0]!.arrival - b.line.entries[0]!.arrival);
  }

  private choose(people: { person: string; line: Line<T> }[], resident: string | undefined, now: number) {
    const overdue = people.find(({ line }) => !this.mayPass(line.entries[0]!, now));
    if (overdue !== undefined) return { ...overdue, at: 0 };
    const passed: Entry<T>[] = [];
    for (const { person, line } of people) {
      const at = line.entries.findIndex(({ job }) => job.model === resident);
      passed.push(...line.entries.slice(0, Math.max(at, 1)));
      if (at < 0) continue;
      for (const entry of at === 0 ? passed.slice(0, -1) : passed) {
        entry.passedOver++;
        entry.passedSince ??= now;
      }
      return { person, line, at };
    }
    return { ...people[0]!, at: 0 };
  }

  private mayPass({ passedOver, passedSince }: Entry<T>, now: number): boolean {
    const tooLong = passedSince !== undefined && now - passedSince >= this.patience.passedOverFor;
    return passedOver < this.patience.passedOver && !tooLong;
  }

  private lineOf(person: string): Line<T> {
    let line = this.lines.get(person);
    if (line === undefined) {
      line = { round: Math.max(this.round, this.inHand.get(person)?.nextRound ?? 0), entries: [] };
      this.lines.set(person, line);
    }
    return line;
  }

  /** @param served the person has used the round up; a job that was cancelled leaves it to the next of the line */
  private takeOut(person: string, line: Line<T>, at: number, served = false): Waiting<T> {
    const [entry] = line.entries.splice(at, 1);
    this.count--;
    if (served) line.round++;
    if (line.entries.length === 0) this.lines.delete(person);
    return entry!.job;
  }
}
