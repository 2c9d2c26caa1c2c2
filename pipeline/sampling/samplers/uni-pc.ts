/**
 * UniPC, a predictor-corrector of order 3 (arXiv 2302.04867): ComfyUI's `sample_unipc` and `sample_unipc_bh2`.
 *
 * ComfyUI runs it in variance-preserving coordinates (x / sqrt(1 + sigma^2)), ends it at sigma 0.001, and keeps
 * its coefficients in float32, where some cancel so far that the rounding shows in the picture. They are
 * rounded here at the same places.
 */
import { combine, type Term } from '../combine.ts';
import { solve } from './linear-system.ts';
import type { Sampler, SamplerRun } from './sampler.ts';

const f32 = Math.fround;
const LAST_SIGMA = f32(0.001);

/** A noise level in variance-preserving coordinates (`SigmaConvert`), float32 throughout. */
interface Level {
  readonly sigma: number;
  /** Weight of the picture, 1 / sqrt(1 + sigma^2). */
  readonly alpha: number;
  /** Weight of the noise, sigma / sqrt(1 + sigma^2). */
  readonly deviation: number;
  /** log(alpha / deviation). */
  readonly lambda: number;
}

function levelOf(sigma: number): Level {
  const logAlpha = f32(0.5 * f32(Math.log(f32(1 / f32(f32(sigma * sigma) + 1)))));
  const variance = f32(1 - f32(Math.exp(f32(2 * logAlpha))));
  return {
    sigma,
    alpha: f32(Math.exp(logAlpha)),
    deviation: f32(Math.sqrt(variance)),
    lambda: f32(logAlpha - f32(0.5 * f32(Math.log(variance)))),
  };
}

/** What the model said at a level. */
interface Prediction {
  readonly level: Level;
  readonly denoised: Float32Array;
}

/** B(h) of the paper: h itself (bh1) or exp(h) - 1 (bh2). */
type Variant = 'bh1' | 'bh2';

/** The numbers of one step to `level` that uses the last `order` predictions (`multistep_uni_pc_bh_update`). */
function stepNumbers(level: Level, predictions: readonly Prediction[], variant: Variant) {
  const newest = predictions[0]!.level;
  const step = f32(level.lambda - newest.lambda);
  const h = -step;
  const phi1 = f32(Math.expm1(h));
  const bh = variant === 'bh1' ? h : phi1;
  const order = predictions.length;

  // Distances of the older predictions in steps, and of the one to come.
  const older = predictions.slice(1).map(({ level }) => f32(f32(level.lambda - newest.lambda) / step));
  const distances = [...older, 1];

  const rows: number[][] = [];
  const right: number[] = [];
  let phi = f32(f32(phi1 / h) - 1);
  let factorial = 1;
  for (let i = 1; i <= order; i++) {
    rows.push(distances.map((distance) => f32(distance ** (i - 1))));
    right.push(f32(f32(phi * factorial) / bh));
    factorial *= i + 1;
    phi = f32(f32(phi / h) - f32(1 / factorial));
  }
  return {
    keep: f32(level.deviation / newest.deviation),
    pull: f32(level.alpha * phi1),
    bend: f32(level.alpha * bh),
    older,
    predictor:
      order === 2
        ? [0.5]
        : solve(
            rows.slice(0, -1).map((row) => row.slice(0, -1)),
            right.slice(0, -1),
          ),
    corrector: order === 1 ? [0.5] : solve(rows, right),
  };
}

async function walk(run: SamplerRun, variant: Variant): Promise<Float32Array> {
  const total = run.sigmas.length - 1;
  const levels = Array.from(run.sigmas, (sigma) => levelOf(sigma === 0 ? LAST_SIGMA : sigma));
  const maxOrder = Math.min(3, total - 1);

  /** The model's prediction for `x` in variance-preserving coordinates. */
  const predict = async (x: Float32Array, level: Level): Promise<Prediction> => {
    const grow = f32(Math.sqrt(f32(f32(level.sigma ** 2) + 1)));
    const seen = await run.denoise(combine([grow, x]), level.sigma);
    // The original goes over the noise, (x*grow - seen) / sigma, and back to the picture.
    const overNoise = level.deviation / level.sigma;
    return {
      level,
      denoised: combine([(1 - overNoise * grow) / level.alpha, x], [overNoise / level.alpha, seen]),
    };
  };

  const first = levels[0]!;
  let x = combine([1 / f32(Math.sqrt(f32(1 + f32(first.sigma ** 2)))), run.x]);
  let predictions = [await predict(x, first)]; // newest first
  const report = (index: number) => {
    const { level, denoised } = predictions[0]!;
    return run.onStep({ index, total, sigma: level.sigma, x: combine([1 / level.alpha, x]), denoised });
  };
  await report(0);

  // With one step ComfyUI's order is 0 and x stays the noise it was; so here.
  for (let index = 1; index <= total && maxOrder > 0; index++) {
    const level = levels[index]!;
    const order = Math.min(index, maxOrder, total + 1 - index);
    const used = predictions.slice(0, order);
    const numbers = stepNumbers(level, used, variant);
    const [newest, ...older] = used as [Prediction, ...Prediction[]];
    /** Terms of -bend * sum of weight * (older - newest) / distance. */
    const differences = (weights: readonly number[]): Term[] =>
      older.flatMap((prediction, k): Term[] => {
        const weight = (numbers.bend * weights[k]!) / numbers.older[k]!;
        return [
          [-weight, prediction.denoised],
          [weight, newest.denoised],
        ];
      });
    const straight = [
      [numbers.keep, x],
      [-numbers.pull, newest.denoised],
    ] as const satisfies Term[];

    x = combine(...straight, ...differences(numbers.predictor));
    if (index === total) break;
    const ahead = await predict(x, level);
    const weight = numbers.bend * numbers.corrector.at(-1)!;
    x = combine(
      ...straight,
      ...differences(numbers.corrector),
      [-weight, ahead.denoised],
      [weight, newest.denoised],
    );
    predictions = [ahead, ...predictions].slice(0, maxOrder);
    await report(index);
  }
  return combine([1 / levels.at(-1)!.alpha, x]);
}

export const uniPc: Sampler = {
  noise: 'none',
  dropsPenultimate: true,
  lastSigma: LAST_SIGMA,
  walk: (run) => walk(run, 'bh1'),
};

export const uniPcBh2: Sampler = { ...uniPc, walk: (run) => walk(run, 'bh2') };
