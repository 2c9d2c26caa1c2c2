/**
 * Pictures by what is in them, among those that somebody's own requests started from or made: a PNG names what it started
 * from by its content, and nobody gets at anybody else's by a name out of one.
 */
import { LRUCache } from 'lru-cache';
import { digestOf } from '../../pipeline/image/picture-name.ts';
import type { JobHistory } from '../store/job-records.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { Person } from './job.ts';
import { sourcesOf } from './sources.ts';

/** Requests that are looked through, the newest first. */
const REQUESTS = 200;
/** Files that are read for one picture; those that were read before need not be. */
const READS = 50;

export class OwnPictures {
  private readonly history: Pick<JobHistory, 'jobsOf'>;
  private readonly store: Pick<PictureStore, 'read'>;
  /** A file never gets other bytes under the same name, unless words are taken out of it, and then it is somebody forgotten's. */
  private readonly digests = new LRUCache<string, string>({ max: 5_000 });

  constructor(history: Pick<JobHistory, 'jobsOf'>, store: Pick<PictureStore, 'read'>) {
    this.history = history;
    this.store = store;
  }

  /** @param digest as `pictureName` writes it */
  async find(by: Pick<Person, 'surface' | 'id'>, digest: string): Promise<Uint8Array | undefined> {
    const jobs = this.history.jobsOf(by, REQUESTS);
    const made = jobs.flatMap(({ pictures }) => pictures).find(({ sha256 }) => sha256.startsWith(digest));
    const kept = made && (await this.store.read(made.file));
    if (kept !== undefined && digestOf(kept) === digest) return kept;
    const sources = new Set(jobs.flatMap(({ asked }) => sourcesOf(asked.request)));
    let reads = 0;
    for (const file of sources) {
      const known = this.digests.get(file);
      if (known !== undefined ? known !== digest : ++reads > READS) continue;
      const bytes = await this.store.read(file);
      if (bytes === undefined) continue;
      const own = digestOf(bytes);
      this.digests.set(file, own);
      if (own === digest) return bytes;
    }
    return undefined;
  }
}
