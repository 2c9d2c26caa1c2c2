/** A request made ready to be sent: its files by name and digest, its pictures by hash; and what is told only to a worker of this machine. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { WorkerCommand } from '../../pipeline/messages.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import type { SentRequest } from '../../pipeline/sent-request.ts';
import type { FileDigests } from '../../pipeline/weights/file-digest.ts';

export interface ReadyToSend {
  readonly request: SentRequest;
  /** Where its models and files lie here. */
  readonly here: Extract<WorkerCommand, { type: 'files' }>;
  /** The bytes of its pictures, by their hashes: sent to who asks for them. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

/** @throws Fault weights.* for a file that cannot be read */
export async function readyToSend(request: PictureRequest, digests: FileDigests): Promise<ReadyToSend> {
  const { model, init, loras, control, workflow, ...numbers } = request;
  const files: Record<string, string> = {};
  const pictures = new Map<string, Uint8Array>();
  const fileAt = async (path: string) => {
    const digest = await digests.ofFile(path);
    files[digest] = path;
    return { name: basename(path), digest };
  };
  const pictureOf = (bytes: Uint8Array) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    pictures.set(sha256, bytes);
    return sha256;
  };
  const tokenizersAt = async (folder: string) => {
    const digest = folder === '' ? '' : await digests.ofTokenizers(folder);
    files[digest] = folder;
    return digest;
  };
  const sent: SentRequest = {
    ...numbers,
    model: {
      name: model.name,
      ...(workflow === undefined && { digest: await digests.ofModel(model.files) }),
    },
    ...(init && {
      init: {
        ...init,
        image: pictureOf(init.image),
        ...(init.mask && { mask: pictureOf(init.mask) }),
      } as NonNullable<SentRequest['init']>,
    }),
    ...(loras && {
      loras: await Promise.all(
        loras.map(async ({ file, strength }) => ({ file: await fileAt(file), strength })),
      ),
    }),
    ...(control && {
      control: { ...control, file: await fileAt(control.file), image: pictureOf(control.image) },
    }),
    ...(workflow && {
      workflow: {
        json: workflow.json,
        files: await eachOf(workflow.files, fileAt),
        pictures: await eachOf(workflow.pictures, async (bytes) => pictureOf(bytes)),
        tokenizers: await tokenizersAt(workflow.tokenizers),
        ...(workflow.geometry === undefined ? {} : { geometry: await fileAt(workflow.geometry) }),
      },
    }),
  };
  const here = { type: 'files', models: { [model.name]: model.files }, files } as const;
  return { request: sent, here, pictures };
}

async function eachOf<A, B>(
  table: Readonly<Record<string, A>>,
  make: (value: A) => Promise<B>,
): Promise<Record<string, B>> {
  const made = Object.entries(table).map(async ([name, value]) => [name, await make(value)] as const);
  return Object.fromEntries(await Promise.all(made));
}
