/**
 * The pictures that a request brings along (start picture, mask, what a ControlNet follows, what a workflow loads), as
 * files of the picture store: kept before the request is, read when it is rendered, and gone with it.
 */
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { StoredRequest } from './job.ts';

type Given = Omit<PictureRequest, 'id'>;

/**
 * Keeps a request's pictures. @param id of the job, which their names begin with
 * @throws Fault `file.write_failed`, `disk.*`: then none of them is kept
 */
export async function keepUploads(id: string, given: Given, store: PictureStore): Promise<StoredRequest> {
  const { init, control, workflow, ...request } = given;
  const saved: string[] = [];
  const save = async (bytes: Uint8Array, part?: string) => {
    const file = await store.saveUpload(id, bytes, part);
    saved.push(file);
    return file;
  };
  try {
    return {
      ...request,
      ...(init && { init: await keepStart(init, save) }),
      ...(control && { control: { ...control, image: await save(control.image, 'control') } }),
      ...(workflow && { workflow: await keepWorkflow(workflow, save) }),
    };
  } catch (error) {
    await Promise.all(saved.map((file) => store.remove(file)));
    throw error;
  }
}

type Save = (bytes: Uint8Array, part?: string) => Promise<string>;

async function keepStart({ image, mask, ...rest }: NonNullable<Given['init']>, save: Save) {
  const file = await save(image);
  return { ...rest, file, ...(mask && { mask: await save(mask, 'mask') }) };
}

async function keepWorkflow({ pictures, ...rest }: NonNullable<Given['workflow']>, save: Save) {
  const files: Record<string, string> = {};
  for (const [at, [name, bytes]] of Object.entries(pictures).entries())
    files[name] = await save(bytes, `picture${at + 1}`);
  return { ...rest, pictures: files };
}

/** The request as it is rendered. @throws Fault `job.source_gone` where one of its pictures was deleted */
export async function readUploads(stored: StoredRequest, store: PictureStore): Promise<Given> {
  const { init, control, workflow, ...request } = stored;
  const read = async (file: string) => {
    const bytes = await store.read(file);
    if (bytes === undefined) throw new Fault('job.source_gone', {});
    return bytes;
  };
  return {
    ...request,
    ...(init && { init: await readStart(init, read) }),
    ...(control && { control: { ...control, image: await read(control.image) } }),
    ...(workflow && { workflow: await readWorkflow(workflow, read) }),
  };
}

type Read = (file: string) => Promise<Uint8Array>;

async function readStart({ file, mask, ...rest }: NonNullable<StoredRequest['init']>, read: Read) {
  return { ...rest, image: await read(file), ...(mask && { mask: await read(mask) }) };
}

async function readWorkflow({ pictures, ...rest }: NonNullable<StoredRequest['workflow']>, read: Read) {
  const loaded = Object.entries(pictures).map(async ([name, file]) => [name, await read(file)] as const);
  return { ...rest, pictures: Object.fromEntries(await Promise.all(loaded)) };
}
