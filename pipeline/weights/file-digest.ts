/**
 * What tells a model's files from others, wherever they lie and whatever they are called: a digest of each file's size and
 * of samples of its bytes. A whole file of several gigabytes would take a minute to hash; a header alone is the same for
 * every fine-tune. Samples all over the file differ where any training went on.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '../../config/faults.ts';
import { tokenizerFiles } from '../../config/tokenizer-files.ts';
import type { ModelFiles } from '../request.ts';
import { currentStamp } from './file-stamp.ts';
import { type OpenedModel, openModel } from './open-model.ts';

/** Bytes up to which a file is hashed whole; of a larger one so many samples of so many bytes, evenly spread. */
const WHOLE = 2 ** 20;
const SAMPLES = 64;
const SAMPLE = 4096;

interface Known {
  readonly stamp: string | undefined;
  readonly digest: Promise<string>;
}

/** Remembers digests until a file is another one (`file-stamp.ts`). */
export class FileDigests {
  private readonly files = new Map<string, Known>();
  private readonly models = new Map<string, { readonly stamps: string; readonly paths: readonly string[] }>();
  private readonly open: (files: ModelFiles) => Pick<OpenedModel, 'files'>;

  /** @param open for who opens the same models for other reasons as well, and remembers them */
  constructor(open: (files: ModelFiles) => Pick<OpenedModel, 'files'> = openModel) {
    this.open = open;
  }

  /** Of all files that a model is drawn with, but for that of the previews. @throws Fault weights.* */
  ofModel(files: ModelFiles): Promise<string> {
    return this.ofAll(this.pathsOf(files));
  }

  /** Of a folder of tokenizer files. */
  ofTokenizers(folder: string): Promise<string> {
    return this.ofAll(Object.values(tokenizerFiles(folder)));
  }

  /** @throws Fault `weights.unreadable` */
  ofFile(path: string): Promise<string> {
    const stamp = currentStamp(path);
    const known = this.files.get(path);
    if (known !== undefined && known.stamp === stamp) return known.digest;
    const digest = digestOf(path);
    this.files.set(path, { stamp, digest });
    digest.catch(() => this.files.delete(path));
    return digest;
  }

  /** In whatever order and folders they lie. */
  private async ofAll(paths: readonly string[]): Promise<string> {
    const digests = await Promise.all(paths.map((path) => this.ofFile(path)));
    return createHash('sha256').update(digests.sort().join()).digest('hex');
  }

  /** A checkpoint may be a folder, or a file in pieces: which files there are, opening tells. */
  private pathsOf({ taesd: _, ...files }: ModelFiles): readonly string[] {
    const key = JSON.stringify(files);
    const known = this.models.get(key);
    if (known !== undefined && stampsOf(known.paths) === known.stamps) return known.paths;
    const opened = this.open(files).files.map(({ file }) => file);
    const others = [
      ...Object.values(tokenizerFiles(files.tokenizers)),
      ...(files.geometry ? [files.geometry] : []),
    ];
    const paths = [...opened, ...others];
    this.models.set(key, { stamps: stampsOf(paths), paths });
    return paths;
  }
}

function stampsOf(paths: readonly string[]): string {
  return paths.map(currentStamp).join('\n');
}

async function digestOf(path: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const { size } = await handle.stat();
    const hash = createHash('sha256').update(`${size}\n`);
    if (size <= WHOLE) hash.update(await handle.readFile());
    else {
      const bytes = new Uint8Array(SAMPLE);
      for (let i = 0; i < SAMPLES; i++) {
        const at = Math.floor(((size - SAMPLE) * i) / (SAMPLES - 1));
        await handle.read(bytes, 0, SAMPLE, at);
        hash.update(bytes);
      }
    }
    return hash.digest('hex');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Fault('weights.unreadable', { file: path, cause: code ?? message }, error);
  } finally {
    await handle?.close();
  }
}
