/** Pictures as files of one folder: never half-written, gone when deleted, nothing left over after a crash. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../config/faults.ts';
import { withoutTexts } from '../../pipeline/image/png.ts';
import type { Picture } from '../jobs/job.ts';
import { diskFault } from './disk.ts';

/** Names are made by this program only; this keeps a name out of a tampered journal from leaving the folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]*\.(png|upload)$/;
const UNFINISHED = '.tmp';

export class PictureStore {
  private readonly folder: string;
  private folderMade: Promise<unknown> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Absolute path of a picture. */
  path(file: string): string {
    if (!NAME.test(file)) throw new Error(`not a picture's name: ${file}`);
    return path.resolve(this.folder, file);
  }

  /** Keeps the finished pictures of a job, in their order: all of them or none. @throws Fault `file.write_failed`, `disk.*` */
  async savePictures(job: string, pictures: readonly Uint8Array[]): Promise<readonly Picture[]> {
    const saved = await Promise.allSettled(
      pictures.map((bytes, index) => this.savePicture(job, index, bytes)),
    );
    const failed = saved.find((one) => one.status === 'rejected');
    if (failed === undefined) return saved.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await Promise.all(pictures.map((_, index) => this.remove(nameOf(job, index))));
    throw failed.reason;
  }

  /** Keeps one finished picture of a job. @param index from 0. @throws Fault `file.write_failed`, `disk.*` */
  async savePicture(job: string, index: number, bytes: Uint8Array): Promise<Picture> {
    const file = nameOf(job, index);
    await this.write(file, bytes);
    return { file, sha256: sha256(bytes), bytes: bytes.length };
  }

  /**
   * Keeps a picture that a job brought along. @param part of the request, such as `mask`; its start picture where absent
   * @throws Fault `file.write_failed`, `disk.*`
   */
  async saveUpload(job: string, bytes: Uint8Array, part?: string): Promise<string> {
    const file = part === undefined ? `${job}.upload` : `${job}-${part}.upload`;
    await this.write(file, bytes);
    return file;
  }

  /** The bytes of a picture; undefined when it was deleted. */
  async read(file: string): Promise<Uint8Array | undefined> {
    return readFile(this.path(file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  /** Whether the picture is there as it was kept. */
  async isWhole({ file, bytes, sha256: expected }: Picture): Promise<boolean> {
    const found = await this.read(file);
    return found?.length === bytes && sha256(found) === expected;
  }

  /**
   * Takes the words out of a picture's file. One that is gone stays gone, and a damaged one goes, since nobody can
   * tell what is in it. @throws Fault `file.write_failed`
   */
  async clearWords(picture: Picture): Promise<Picture> {
    const found = await this.read(picture.file);
    if (found === undefined) return picture;
    const bytes = wordless(found);
    if (bytes === undefined) {
      await this.remove(picture.file);
      return picture;
    }
    await this.write(picture.file, bytes);
    return { file: picture.file, sha256: sha256(bytes), bytes: bytes.length };
  }

  async remove(file: string): Promise<void> {
    await rm(this.path(file), { force: true });
  }

  /** Removes what a crash left: unfinished files, and files that nobody refers to. Only while nothing is written. */
  async sweep(inUse: ReadonlySet<string>): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    const orphans = names.filter(
      (name) => name.endsWith(UNFINISHED) || (NAME.test(name) && !inUse.has(name)),
    );
    await Promise.all(orphans.map((name) => rm(path.join(this.folder, name), { force: true })));
    return orphans;
  }

  /**
   * Under another name first, on disk, then renamed: the name never stands for half a picture. That the new name is
   * on disk as well is left to the journal's commit that follows; where it is not, the next start notices.
   */
  private async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.path(name);
    const unfinished = file + UNFINISHED;
    try {
      await this.makeFolder();
      const handle = await open(unfinished, 'w');
      try {
        // Not `write`, which may write a part only and call that a success where the disk is almost full.
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw (
        diskFault(error) ?? new Fault('file.write_failed', { file, problem: (error as Error).message }, error)
      );
    }
  }

  private makeFolder(): Promise<unknown> {
    this.folderMade ??= mkdir(this.folder, { recursive: true });
    this.folderMade.catch(() => {
      this.folderMade = undefined;
    });
    return this.folderMade;
  }
}

/** @param index from 0 */
function nameOf(job: string, index: number): string {
  return `${job}-${index + 1}.png`;
}

function wordless(png: Uint8Array): Uint8Array | undefined {
  try {
    return withoutTexts(png);
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
