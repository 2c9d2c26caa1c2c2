/** A card's memory that does not suffice: everything is let go and the picture tried once more; no worker dies of it. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { GIB } from '../../../pipeline/runtime/residency.ts';
import { nanoRequest } from '../jobs/nano-request.ts';

const ignore = (): void => {};
/** What the worker of this test says of its transformer when a pass fails for the first time. */
const failure = ['failed', 'let go', 'opened'];

test('a picture that finds the memory taken is drawn at the second try; one that never fits is refused with the sizes; the worker lives on', async () => {
  let said = '';
  const host = new WorkerProcess({
    device: 'cpu',
    budget: 4 * GIB,
    entry: join(import.meta.dirname, 'short-of-memory-worker.ts'),
    log: (line) => {
      said += `${line}\n`;
    },
  });
  onTestFinished(() => host.close());

  const retried = await host.render(nanoRequest(), ignore);
  const worker = host.pid;
  const large = nanoRequest({ width: 128, height: 128 });
  await expect(host.render(large, ignore)).rejects.toMatchObject({
    code: 'device.memory',
    message: expect.stringMatching(
      /^cpu has too little memory for a picture of 128x128, even after everything else was let go: the model takes \d+(\.\d)? MB of 4\.3 GB; a smaller picture needs less\.$/,
    ),
  });
  const afterwards = await host.render(nanoRequest(), ignore);

  expect(Buffer.compare(afterwards.pictures[0]!, retried.pictures[0]!)).toBe(0);
  expect(host.pid).toBe(worker);
  expect(host.holding?.parts.map(({ kind }) => kind)).toContain('transformer');
  await host.close();
  const words = said.split('\n').filter((line) => /^(opened|failed|let go)$/.test(line));
  // The first picture twice, the large one twice; for the last nothing had to be opened.
  expect(words).toEqual(['opened', ...failure, ...failure, 'failed']);
});
