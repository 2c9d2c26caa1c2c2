/** Takes requests in: within the limits, each event once, on disk before anybody is told. */
import { Fault } from '../../config/faults.ts';
import type { Disk } from '../store/disk.ts';
import type { JobRecords } from '../store/job-records.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { SeenEvents } from '../store/seen-events.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { FairQueue } from './fair-queue.ts';
import type { Asked, Job, MessageRef, Origin, Person, Place } from './job.ts';
import type { Limits } from './limits.ts';
import type { Observe } from './observation.ts';
import { personKey } from './person.ts';
import type { QueuePositions } from './queue-positions.ts';

/** Who asks, where the answer goes, and which event it was. */
export interface Asking {
  readonly by: Person;
  readonly place: Place;
  /** Messages that exist already for this job. */
  readonly messages?: readonly MessageRef[];
  /** The id of the platform's event: the same event again gives the same job, not another. */
  readonly key?: string;
  /** Asked right before a new request is written down. @throws Fault where the place's own rules refuse it */
  readonly allow?: () => void;
}

export interface AdmissionDependencies {
  readonly records: JobRecords;
  readonly seen: SeenEvents;
  readonly store: PictureStore;
  readonly disk: Disk;
  readonly active: ActiveJobs;
  readonly queue: FairQueue<string>;
  readonly positions: QueuePositions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly observe: Observe;
}

export class Admission {
  private readonly dependencies: AdmissionDependencies;
  /** Requests that are being written down: they hold their place in the queue already. */
  private readonly joining = new Map<string, number>();
  private joiningInAll = 0;
  private closed = false;

  constructor(dependencies: AdmissionDependencies) {
    this.dependencies = dependencies;
  }

  /** From now on everything is refused. */
  close(): void {
    this.closed = true;
  }

  /** Reserves a place, then lets the job be made. The same event again gets the job it made before. */
  async admitted(asking: Asking, make: (id: string) => Promise<Job>): Promise<Job> {
    if (this.closed) throw new Fault('service.stopping', {});
    this.dependencies.disk.check();
    const known = this.admit(asking);
    if (known !== undefined) return known;
    const person = personKey(asking.by);
    this.join(person, 1);
    try {
      return await make(this.dependencies.newId());
    } catch (error) {
      this.dependencies.disk.note(error);
      throw error;
    } finally {
      this.join(person, -1);
    }
  }

  private join(person: string, change: 1 | -1): void {
    const count = (this.joining.get(person) ?? 0) + change;
    if (count === 0) this.joining.delete(person);
    else this.joining.set(person, count);
    this.joiningInAll += change;
  }

  private admit({ by, place, key }: Asking): Job | undefined {
    const { seen, active, queue, positions, limits, clock, observe } = this.dependencies;
    const person = personKey(by);
    const startsIn = (wanted: (job: Job) => boolean) => () =>
      [...positions.foresee()].find(([id]) => wanted(active.find(id)))?.[1].startsIn ?? 0;
    const asker = {
      person,
      channel: `${place.surface}:${place.channel}`,
      waitingOfPerson: queue.sizeOf(person) + (this.joining.get(person) ?? 0),
      waiting: queue.size + this.joiningInAll,
      untilPersonsNext: startsIn((job) => personKey(job.by) === person),
      untilNext: startsIn(() => true),
    };
    try {
      limits.admit(asker, clock.monotonic());
      return undefined;
    } catch (error) {
      // A repeated event is no request of its own, and so not refused.
      const before = key === undefined ? undefined : seen.jobOf(key);
      if (before !== undefined) return active.find(before);
      if (error instanceof Fault) observe({ type: 'refused', surface: place.surface, code: error.code });
      throw error;
    }
  }

  /** Writes a job down; from then on it waits for its turn. @returns the job that stands for the event */
  async accept(id: string, asking: Asking, asked: Asked, origin?: Origin): Promise<Job> {
    const { clock, store, records, seen, active } = this.dependencies;
    if (asking.key === undefined || seen.jobOf(asking.key) === undefined) asking.allow?.();
    const job: Job = {
      id,
      state: 'queued',
      delivery: 'none',
      by: asking.by,
      place: asking.place,
      messages: asking.messages ?? [],
      asked,
      ...(origin === undefined ? {} : { origin }),
      attempts: 0,
      pictures: [],
      createdAt: clock.now(),
    };
    const dropUpload = async () => {
      if (asked.request.init?.file.startsWith(id)) await store.remove(asked.request.init.file);
    };
    const accepted = await records.accept(job, asking.key).catch(async (error) => {
      await dropUpload();
      throw error;
    });
    if (accepted !== id) {
      await dropUpload();
      return active.find(accepted);
    }
    active.add(job, 'queued');
    return active.find(id);
  }
}
