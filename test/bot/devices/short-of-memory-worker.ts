/**
 * The real worker on a card with little memory: the first pass of the first picture finds it taken, a latent of 16x16 and
 * more never fits. It says on its standard error what it opens, what fails and what it lets go.
 */
import { InferenceSession } from 'onnxruntime-node';

const LARGEST_SIDE = 15;
/** onnxruntime's own words on CUDA. */
const NO_MEMORY =
  "Non-zero status code returned while running Gemm node. Name:'' Status Message: BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 1048576";

const say = (word: string) => process.stderr.write(`${word}\n`);
const { create } = InferenceSession;
let isTaken = true;

InferenceSession.create = async (...args: unknown[]) => {
  const session = await (create as (...args: unknown[]) => Promise<InferenceSession>)(...args);
  // Of all networks only the transformer is told of the time.
  if (!session.inputNames.includes('t_freq')) return session;
  say('opened');
  const { release } = session;
  const run = session.run.bind(session) as (
    feeds: InferenceSession.FeedsType,
  ) => ReturnType<typeof session.run>;
  session.run = async (feeds: InferenceSession.FeedsType) => {
    if (isTaken || Math.max(...feeds.x!.dims.slice(2)) > LARGEST_SIDE) {
      isTaken = false;
      say('failed');
      throw new Error(NO_MEMORY);
    }
    return run(feeds);
  };
  session.release = () => {
    say('let go');
    return release.call(session);
  };
  return session;
};

await import('../../../pipeline/worker.ts');
