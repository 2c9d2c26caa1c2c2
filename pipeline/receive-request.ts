/** A request as a worker gets it, made one of this machine: its names become files that lie here, its hashes pictures. */
import { createHash } from 'node:crypto';
import { Fault } from '../config/faults.ts';
import type { WorkerCommand } from './messages.ts';
import type { PictureRequest } from './request.ts';
import type { SentRequest } from './sent-request.ts';
import type { FileDigests } from './weights/file-digest.ts';

export interface Receiving {
  /** Of the worker, for sentences. */
  readonly device: string;
  /** Where models and files lie on this machine. */
  readonly here: Pick<Extract<WorkerCommand, { type: 'files' }>, 'models' | 'files'>;
  readonly digests: FileDigests;
  /** The bytes of a picture; undefined where it is gone. */
  fetch(sha256: string): Promise<Uint8Array | undefined>;
}

/**
 * @throws Fault `worker.other_files` where a model or file is not here, or is another one than the request was made for
 * (also one that was replaced since); `job.source_gone` where a picture is gone
 */
export async function receiveRequest(
  { model, init, loras, control, workflow, ...numbers }: SentRequest,
  { device, here, digests, fetch }: Receiving,
): Promise<PictureRequest> {
  const same = (name: string, wanted: string | undefined, found: string) => {
    if (wanted !== undefined && found !== wanted) throw new Fault('worker.other_files', { device, name });
  };
  const at = (name: string, digest: string) => {
    const path = Object.hasOwn(here.files, digest) ? here.files[digest] : undefined;
    if (path === undefined) throw new Fault('worker.other_files', { device, name });
    return path;
  };
  const fileOf = async ({ name, digest }: { readonly name: string; readonly digest: string }) => {
    const path = at(name, digest);
    same(name, digest, await digests.ofFile(path));
    return path;
  };
  const pictureOf = async (sha256: string) => {
    const bytes = await fetch(sha256);
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new Fault('job.source_gone', {});
    return bytes;
  };
  const files = Object.hasOwn(here.models, model.name) ? here.models[model.name] : undefined;
  if (files === undefined) throw new Fault('worker.other_files', { device, name: model.name });
  if (model.digest !== undefined) same(model.name, model.digest, await digests.ofModel(files));
  return {
    ...numbers,
    model: { name: model.name, files },
    ...(init && {
      init: {
        ...init,
        image: await pictureOf(init.image),
        ...(init.mask !== undefined && { mask: await pictureOf(init.mask) }),
      } as NonNullable<PictureRequest['init']>,
    }),
    ...(loras && {
      loras: await Promise.all(
        loras.map(async ({ file, strength }) => ({ file: await fileOf(file), strength })),
      ),
    }),
    ...(control && {
      control: { ...control, file: await fileOf(control.file), image: await pictureOf(control.image) },
    }),
    ...(workflow && {
      workflow: {
        json: workflow.json,
        files: await eachOf(workflow.files, fileOf),
        pictures: await eachOf(workflow.pictures, pictureOf),
        tokenizers: at('tokenizers', workflow.tokenizers),
        ...(workflow.geometry === undefined ? {} : { geometry: await fileOf(workflow.geometry) }),
      },
    }),
  };
}

async function eachOf<A, B>(
  table: Readonly<Record<string, A>>,
  make: (value: A) => Promise<B>,
): Promise<Record<string, B>> {
  const made = Object.entries(table).map(async ([name, value]) => [name, await make(value)] as const);
  return Object.fromEntries(await Promise.all(made));
}
