/** A worker process that tells of four steps and gives a plain picture, and does nothing in between. */
import sharp from 'sharp';

const timings = { load_ms: 0, encode_ms: 0, sample_ms: 4, step_ms: [1, 1, 1, 1], decode_ms: 0, total_ms: 4 };
const preview = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const background = { r: 1, g: 100, b: 200 };
const drawn = sharp({ create: { width: 64, height: 64, channels: 3, background } })
  .png()
  .toBuffer();

process.on('message', async ({ type, request }) => {
  if (type !== 'render') return;
  const { id, steps: total } = request;
  const tell = (event) => process.send({ type: 'progress', id, event });
  tell({ type: 'encoding' });
  for (let index = 1; index <= total; index++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    tell({ type: 'step', index, total, sigma: 1, ms: 1, preview });
  }
  process.send({ type: 'done', id, result: { pictures: [new Uint8Array(await drawn)], timings } });
});
process.send({ type: 'ready' });
