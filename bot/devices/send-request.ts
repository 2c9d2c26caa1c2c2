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
  const pictureOf = async (bytes: Uint8Array) => {
    const sha256 = sha256Of(bytes);
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
    ...(init && { init: await startAsSent(init, pictureOf) }),
    ...(loras && {
      loras: await Promise.all(
        loras.map(async ({ file, strength }) => ({ file: await fileAt(file), strength })),
      ),
    }),
    ...(control && {
      control: { ...control, file: await fileAt(control.file), image: await pictureOf(control.image) },
    }),
    ...(workflow && {
      workflow: {
        json: workflow.json,
        files: await eachOf(workflow.files, fileAt),
        pictures: await eachOf(workflow.pictures, pictureOf),
        tokenizers: await tokenizersAt(workflow.tokenizers),
        ...(workflow.geometry === undefined ? {} : { geometry: await fileAt(workflow.geometry) }),
      },
    }),
  };
  const here = { type: 'files', models: { [model.name]: model.files }, files } as const;
  return { request: sent, here, pictures };
}

/** Under which a picture is sent. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A start picture with its bytes by hash. @param put keeps bytes for whoever asks for them. @returns their hash */
export async function startAsSent(
  init: NonNullable<PictureRequest['init']>,
  put: (bytes: Uint8Array) => Promise<string>,
): Promise<NonNullable<SentRequest['init']>> {
  return {
    ...init,
    image: await put(init.image),
    ...(init.mask && { mask: await put(init.mask) }),
  } as NonNullable<SentRequest['init']>;
}

async function eachOf<A, B>(
  table: Readonly<Record<string, A>>,
  make: (value: A) => Promise<B>,
): Promise<Record<string, B>> {
  const made = Object.entries(table).map(async ([name, value]) => [name, await make(value)] as const);
  return Object.fromEntries(await Promise.all(made));
}
