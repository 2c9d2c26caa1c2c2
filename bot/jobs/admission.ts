/** Takes requests in: within the limits, each event once, on disk before anybody is told. */
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import type { Wanted } from '../devices/elsewhere.ts';
import type { Disk } from '../store/disk.ts';
import type { JobRecords } from '../store/job-records.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { SeenEvents } from '../store/seen-events.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { FairQueue } from './fair-queue.ts';
import type { Asked, Job, MessageRef, Origin, Person, Place, StoredRequest } from './job.ts';
import type { Limits } from './limits.ts';
import type { Observe } from './observation.ts';
import { personKey } from './person.ts';
import type { QueuePositions } from './queue-positions.ts';
import { isUploadOf, uploadsOf } from './sources.ts';
import { keepUploads } from './uploads.ts';

/** Who asks, where the answer goes, and which event it was. */
export interface Asking {
  readonly by: Person;
  readonly place: Place;
  /** Messages that exist already for this job. */
  readonly messages?: readonly MessageRef[];
  /** The id of the platform's event: the same event again gives the same job, not another. */
  readonly key?: string;
  /** On one's own machine: the number of one's waiting requests has no limit of its own while nobody else's waits. */
  readonly alone?: boolean;
  /** Asked right before a new request is written down. @throws Fault where the place's own rules refuse it */
  readonly allow?: () => void;
}

export interface AdmissionDependencies {
  readonly records: JobRecords;
  readonly seen: SeenEvents;
  readonly store: PictureStore;
  readonly disk: Disk;
  readonly active: ActiveJobs;
  readonly queue: FairQueue<Wanted>;
  readonly positions: QueuePositions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly observe: Observe;
}

/** Somebody who was let in. */
export interface Entry {
  /** Of the job to be. */
  readonly id: string;
  /** Once it is written down, or will not be. */
  leave(): void;
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

  /**
   * Somebody is let in, with a place in the queue until they leave; the same event again gets the job it made before.
   * @throws Fault `limit.*`, `service.stopping`, `disk.*`
   */
  enter(asking: Asking): Entry | { readonly known: Job } {
    this.mustBeOpen();
    this.dependencies.disk.check();
    const known = this.admit(asking);
    if (known !== undefined) return { known };
    const person = personKey(asking.by);
    this.join(person, 1);
    return { id: this.dependencies.newId(), leave: () => this.join(person, -1) };
  }

  /** As `enter`, for what costs no device: no limit of rate or number applies. */
  enterFreely(asking: Asking): Entry | { readonly known: Job } {
    this.mustBeOpen();
    const known = this.jobOf(asking);
    if (known !== undefined) return { known };
    this.dependencies.disk.check();
    return { id: this.dependencies.newId(), leave() {} };
  }

  private mustBeOpen(): void {
    if (this.closed) throw new Fault('service.stopping', {});
  }

  /** What the same event has made before. */
  private jobOf({ key }: Asking): Job | undefined {
    const { seen, active } = this.dependencies;
    const before = key === undefined ? undefined : seen.jobOf(key);
    return before === undefined ? undefined : active.find(before);
  }

  private join(person: string, change: 1 | -1): void {
    const count = (this.joining.get(person) ?? 0) + change;
    if (count === 0) this.joining.delete(person);
    else this.joining.set(person, count);
    this.joiningInAll += change;
  }

  private admit(asking: Asking): Job | undefined {
    const { by, place } = asking;
    const { active, queue, positions, limits, clock, observe } = this.dependencies;
    const person = personKey(by);
    const startsIn = (wanted: (job: Job) => boolean) => () =>
      [...positions.foresee()].find(([id]) => wanted(active.find(id)))?.[1].startsIn ?? 0;
    const waitingOfPerson = queue.sizeOf(person) + (this.joining.get(person) ?? 0);
    const waiting = queue.size + this.joiningInAll;
    const asker = {
      person,
      channel: `${place.surface}:${place.channel}`,
      waitingOfPerson,
      waiting,
      alone: asking.alone === true && waitingOfPerson === waiting,
      untilPersonsNext: startsIn((job) => personKey(job.by) === person),
      untilNext: startsIn(() => true),
    };
    try {
      limits.admit(asker, clock.monotonic());
      return undefined;
    } catch (error) {
      // A repeated event is no request of its own, and so not refused.
      const known = this.jobOf(asking);
      if (known !== undefined) return known;
      if (error instanceof Fault) observe({ type: 'refused', surface: place.surface, code: error.code });
      throw error;
    }
  }

  /** The request as it is kept: its pictures become files. @throws Fault `file.write_failed`, `disk.*` */
  async keep(id: string, { id: _, ...request }: PictureRequest): Promise<StoredRequest> {
    const { disk, store } = this.dependencies;
    return keepUploads(id, request, store).catch((error: unknown) => {
      disk.note(error);
      throw error;
    });
  }

  /** Writes a job down. @returns it, or the one that stands for the event already */
  async write(id: string, asking: Asking, asked: Asked, origin?: Origin): Promise<Job> {
    const { clock, store, records, seen, active, disk } = this.dependencies;
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
    const dropUploads = async () => {
      const own = uploadsOf(asked.request).filter((file) => isUploadOf(file, id));
      await Promise.all(own.map((file) => store.remove(file)));
    };
    const write = async () => {
      if (asking.key === undefined || seen.jobOf(asking.key) === undefined) asking.allow?.();
      return records.accept(job, asking.key);
    };
    const accepted = await write().catch(async (error: unknown) => {
      disk.note(error);
      await dropUploads();
      throw error;
    });
    if (accepted === id) return job;
    await dropUploads();
    return active.find(accepted);
  }
}
