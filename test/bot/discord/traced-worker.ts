/** The worker as it is, but that it tells which functions led to each pass of the transformer, in a file beside the graphs. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { noteCauses } from './causes.ts';

const causes = noteCauses();
const sessions = (InferenceSession as unknown as { prototype: InferenceSession }).prototype;
const { run } = sessions;
sessions.run = async function (this: InferenceSession, ...given: unknown[]) {
  const frames = causes();
  if (frames.some(({ file }) => file === 'pipeline/runtime/denoiser.ts')) {
    writeFileSync(path.join(process.argv[3]!, '..', 'frames.json'), JSON.stringify(frames));
  }
  return (run as (...given: unknown[]) => ReturnType<typeof run>).apply(this, given);
};
await import('../../../pipeline/worker.ts');
