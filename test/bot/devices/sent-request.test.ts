/** What is sent to a worker: nothing of this machine but in the message that is for it alone; and what a worker refuses. */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readyToSend } from '../../../bot/devices/send-request.ts';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { receiveRequest } from '../../../pipeline/receive-request.ts';
import { sentRequest } from '../../../pipeline/sent-request.ts';
import { FileDigests } from '../../../pipeline/weights/file-digest.ts';
import { nanoRequest } from '../jobs/nano-request.ts';
import { aFolder } from '../jobs/some-jobs.ts';

const NANO = path.dirname(nanoRequest().model.files.checkpoint);
const PNG = new Uint8Array(
  await sharp({ create: { width: 64, height: 64, channels: 3, background: '#c33' } })
    .png()
    .toBuffer(),
);

/** The built-in model's files in a folder of their own, under other names. */
async function movedNano() {
  const folder = path.join(aFolder(), 'moved');
  await cp(NANO, folder, { recursive: true });
  const { files } = nanoRequest().model;
  const moved = Object.fromEntries(
    Object.entries(files).map(([part, file]) => [part, file.replace(NANO, folder)]),
  ) as typeof files;
  const checkpoint = path.join(folder, 'renamed.safetensors');
  await copyFile(moved.checkpoint, checkpoint);
  return { ...moved, checkpoint };
}

const gone = async () => undefined;

describe('a request that is sent', () => {
  test('carries no path, and is the same wherever the same files lie', async () => {
    const request = nanoRequest({ init: { image: PNG, strength: 0.5 }, loras: [] });
    const here = await readyToSend(request, new FileDigests());
    const files = await movedNano();
    const there = await readyToSend({ ...request, model: { name: 'nano', files } }, new FileDigests());
    expect(there.request).toEqual(here.request);
    expect(JSON.stringify(here.request)).not.toMatch(/[\\/](models|home|work|tmp)[\\/]/);
    expect(sentRequest.parse(here.request)).toEqual(here.request);
  });

  test('becomes the same request again where its files and pictures are', async () => {
    const request = nanoRequest({ init: { image: PNG, strength: 0.5, mask: PNG } });
    const { request: sent, here, pictures } = await readyToSend(request, new FileDigests());
    const fetch = async (sha256: string) => pictures.get(sha256);
    const receiving = { device: 'cpu', here, digests: new FileDigests(), fetch };
    expect(await receiveRequest(sent, receiving)).toEqual(request);
    await expect(receiveRequest(sent, { ...receiving, fetch: gone })).rejects.toMatchObject({
      code: 'job.source_gone',
    });
  });
});

describe('a worker', () => {
  test('refuses in one sentence a model that it has not, or whose files are others, and notices a change', async () => {
    const files = await movedNano();
    const request = nanoRequest({ model: { name: 'nano', files } });
    const { request: sent, here } = await readyToSend(request, new FileDigests());
    const receiving = { device: 'cuda:1', here, digests: new FileDigests(), fetch: gone };
    await expect(receiveRequest(sent, { ...receiving, here: { models: {}, files: {} } })).rejects.toThrow(
      'cuda:1 does not have the files of "nano" that this request was made for; please try again.',
    );
    await receiveRequest(sent, receiving);
    const changed = await readFile(files.t5!);
    changed[changed.length - 1]! ^= 1;
    await writeFile(files.t5!, changed);
    await expect(receiveRequest(sent, receiving)).rejects.toMatchObject({ code: 'worker.other_files' });
    // Made for the files as they are now, it is taken again.
    const anew = await readyToSend(request, new FileDigests());
    expect(await receiveRequest(anew.request, { ...receiving, here: anew.here })).toEqual(request);
  });

  test('asks for the start picture by its hash, and draws from it', async () => {
    const worker = new WorkerProcess({ device: 'cpu' });
    onTestFinished(() => worker.close());
    const { pictures } = await worker.render(nanoRequest({ init: { image: PNG, strength: 0.5 } }), () => {});
    expect(pictures).toHaveLength(1);
  }, 120_000);
});

test('a digest is that of a file’s contents: not of its name, its folder or its times', async () => {
  const folder = path.join(aFolder(), 'a');
  await mkdir(folder, { recursive: true });
  const bytes = new Uint8Array(3 * 2 ** 20).map((_, i) => i * 7);
  const digests = new FileDigests();
  const digestOf = async (name: string, content: Uint8Array) => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return digests.ofFile(file);
  };
  const first = await digestOf('one', bytes);
  expect(await digestOf('two', bytes)).toBe(first);
  expect(
    await digestOf(
      'one',
      bytes.map((value) => value ^ 1),
    ),
  ).not.toBe(first);
  expect(await digestOf('three', bytes.subarray(1))).not.toBe(first);
  expect(await readdir(folder)).toHaveLength(3);
});
