/**
 * Whether there is room for what must be kept. A full disk is nobody's fault and passes: new requests are refused with
 * one sentence meanwhile, what is under way waits, and everything goes on by itself once there is room.
 */
import { statfsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../config/faults.ts';
import type { Observe } from '../jobs/observation.ts';
import type { Clock } from '../time/clock.ts';

export interface DiskDependencies {
  readonly clock: Clock;
  readonly observe: Observe;
  /** Bytes that can still be written; what cannot be told counts as endless. */
  readonly room: () => number;
  /** Writes something, and removes it again. Rejects where that does not work. */
  readonly probe: () => Promise<void>;
}

/** Bytes: with less, a picture and its record might not fit, and nothing new is begun. */
const LEAST = 4 * 2 ** 20;
/** Milliseconds between two looks at a disk that is full. */
const LOOK = 1_000;

export class Disk {
  private readonly dependencies: DiskDependencies;
  private trouble: Fault<'disk.full' | 'disk.unwritable'> | undefined;
  private readonly waiting = new Set<() => void>();
  private closed = false;
  private endWaiting: () => void = () => {};
  private readonly untilClosed = new Promise<void>((resolve) => {
    this.endWaiting = resolve;
  });

  constructor(dependencies: DiskDependencies) {
    this.dependencies = dependencies;
  }

  /** Why nothing can be kept now; undefined where it can. */
  problem(): Fault | undefined {
    if (this.trouble === undefined && this.dependencies.room() < LEAST)
      this.begin(new Fault('disk.full', {}));
    return this.trouble;
  }

  /** @throws Fault `disk.full`, `disk.unwritable` */
  check(): void {
    const problem = this.problem();
    if (problem !== undefined) throw problem;
  }

  /** A write failed. @returns whether it may work later: then `untilRoom` says when to try again */
  note(error: unknown): boolean {
    const fault = diskFault(error);
    if (fault === undefined) return false;
    if (this.trouble === undefined) this.begin(fault);
    return true;
  }

  /** Resolves when writing may work again; after `close` never. */
  untilRoom(): Promise<void> {
    if (this.closed) return new Promise(() => {});
    if (this.trouble === undefined) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /**
   * Writes, however long the disk is full.
   * @param isWanted asked before each new attempt
   * @throws what `write` throws, where waiting does not help or nobody waits any more
   */
  async persist<T>(write: () => Promise<T>, isWanted: () => boolean): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (this.closed || !this.note(error)) throw error;
        await Promise.race([this.untilRoom(), this.untilClosed]);
        if (this.closed || !isWanted()) throw error;
      }
    }
  }

  /** The service ends: nobody waits any more. */
  close(): void {
    this.closed = true;
    this.endWaiting();
  }

  private begin(fault: Fault<'disk.full' | 'disk.unwritable'>): void {
    this.trouble = fault;
    this.dependencies.observe({ type: 'disk_trouble', cause: fault });
    this.lookLater();
  }

  private lookLater(): void {
    if (!this.closed) this.dependencies.clock.after(LOOK, () => this.look());
  }

  private look(): void {
    if (this.dependencies.room() < LEAST) this.lookLater();
    else
      this.dependencies.probe().then(
        () => this.recover(),
        () => this.lookLater(),
      );
  }

  private recover(): void {
    if (this.closed) return;
    this.trouble = undefined;
    this.dependencies.observe({ type: 'disk_recovered' });
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const goOn of waiting) goOn();
  }
}

const FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL)$/;
const UNWRITABLE = /^(EIO|EROFS|SQLITE_(IOERR|READONLY|CANTOPEN|BUSY|PROTOCOL)(_.*)?)$/;

/** What of a failed write passes once the disk is well again; undefined for everything else. */
export function diskFault(error: unknown): Fault<'disk.full' | 'disk.unwritable'> | undefined {
  if (error instanceof Fault) {
    const isDisk = error.code === 'disk.full' || error.code === 'disk.unwritable';
    return isDisk ? (error as Fault<'disk.full'>) : undefined;
  }
  const { code = '', message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  if (FULL.test(String(code))) return new Fault('disk.full', {}, error);
  if (UNWRITABLE.test(String(code))) return new Fault('disk.unwritable', { problem: message }, error);
  return undefined;
}

/** The disk of a folder. */
export function diskOf(folder: string, dependencies: Pick<DiskDependencies, 'clock' | 'observe'>): Disk {
  return new Disk({ ...dependencies, room: () => roomIn(folder), probe: () => probe(folder) });
}

/** One that is never full. */
export function endlessDisk(clock: Clock): Disk {
  return new Disk({
    clock,
    observe: () => {},
    room: () => Number.POSITIVE_INFINITY,
    probe: async () => {},
  });
}

function roomIn(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A quota is not seen in the file system's own figures: only writing tells. */
async function probe(folder: string): Promise<void> {
  const trial = await mkdtemp(path.join(folder, '.room-'));
  try {
    const handle = await open(path.join(trial, 'trial'), 'wx');
    try {
      await handle.writeFile(new Uint8Array(2 ** 18));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}
