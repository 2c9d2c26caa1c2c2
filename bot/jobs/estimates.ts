/** How long a picture will take, learnt from the ones before: by model, device, size and passes a step. */
import { isProcessor } from '../../config/settings.ts';
import type { Timings } from '../../pipeline/request.ts';
import { upscaleSteps } from '../../pipeline/upscale-steps.ts';
import type { StoredRequest } from './job.ts';

/** What was measured for one kind of picture on one device; milliseconds. A row of the journal. */
export interface StepTime {
  readonly model: string;
  readonly device: string;
  /** Width x height x pictures of the batch. */
  readonly pixels: number;
  /** Forward passes a step. */
  readonly passes: number;
  readonly step_ms: number;
  /** Everything but steps and loading: text, decoding, writing. */
  readonly rest_ms: number;
  /** Loading the model where it was not loaded yet. */
  readonly load_ms: number;
  /** The longest time between two signs of life. */
  readonly slowest_ms: number;
}

/** The part of a new measurement in the average: old ones fade after a handful of pictures. */
const WEIGHT = 0.3;
/** Milliseconds for a megapixel and pass where nothing at all is known: a middling GPU, a slow CPU. */
const PRIOR = { gpu: 250, cpu: 20_000 };
/** Milliseconds; a shorter load means that the model was there already. */
const LOADED = 200;

export class Estimates {
  private readonly known = new Map<string, StepTime>();
  /** Kinds of which no picture was finished yet, by the steps of one that is being made. */
  private readonly begun = new Map<string, StepTime>();
  private readonly keep: (time: StepTime) => void;

  /** @param keep writes a changed row down */
  constructor(rows: readonly StepTime[], keep: (row: StepTime) => void) {
    for (const row of rows) this.known.set(keyOf(row), row);
    this.keep = keep;
  }

  /** Whether anything was measured that tells how long this takes: a figure from nothing would be wrong by far. */
  isMeasured(request: StoredRequest, device: string): boolean {
    return this.nearest(kindOf(request, device)) !== undefined;
  }

  /** A step was made of a picture that is not finished. @param ms of one step */
  notice(request: StoredRequest, device: string, ms: number): void {
    const kind = kindOf(request, device);
    if (this.known.has(keyOf(kind)) || !(ms > 0)) return;
    // Text before and decoding after take about as long as a step or two.
    this.begun.set(keyOf(kind), { ...kind, step_ms: ms, rest_ms: 2 * ms, load_ms: 0, slowest_ms: ms });
  }

  /** Milliseconds that one step of the request takes on the device. */
  step(request: StoredRequest, device: string): number {
    const wanted = kindOf(request, device);
    const row = this.nearest(wanted);
    if (row !== undefined) return row.step_ms * ratio(wanted, row);
    const perMegapixel = isProcessor(device) ? PRIOR.cpu : PRIOR.gpu;
    return (perMegapixel * wanted.pixels * wanted.passes) / 1e6;
  }

  /** Milliseconds from the beginning to the picture. @param loaded whether the device holds the model */
  picture(request: StoredRequest, device: string, loaded: boolean): number {
    const wanted = kindOf(request, device);
    const row = this.nearest(wanted);
    const rest = row === undefined ? this.step(request, device) : row.rest_ms * ratio(wanted, row);
    return stepsOf(request) * this.step(request, device) + rest + (loaded ? 0 : (row?.load_ms ?? 0));
  }

  /** The longest time between two signs of life, where this kind of picture was measured on this device. */
  slowest(request: StoredRequest, device: string): number | undefined {
    return this.known.get(keyOf(kindOf(request, device)))?.slowest_ms;
  }

  /** Steps of which some were left out say nothing of the others. */
  learn(request: StoredRequest, device: string, timings: Timings): void {
    if (request.fast) return;
    const kind = kindOf(request, device);
    const before = this.known.get(keyOf(kind));
    const steps = timings.step_ms.reduce((sum, ms) => sum + ms, 0);
    const mean = (old: number | undefined, value: number) =>
      old === undefined ? value : old + WEIGHT * (value - old);
    const longest = Math.max(...timings.step_ms, timings.encode_ms, timings.decode_ms, timings.load_ms);
    const row: StepTime = {
      ...kind,
      step_ms: mean(before?.step_ms, steps / Math.max(1, timings.step_ms.length)),
      rest_ms: mean(before?.rest_ms, Math.max(0, timings.total_ms - steps - timings.load_ms)),
      load_ms: timings.load_ms < LOADED ? (before?.load_ms ?? 0) : mean(before?.load_ms, timings.load_ms),
      // The longest fades slowly, so that one stall does not blind the watchdog for ever.
      slowest_ms: Math.max(longest, 0.9 * (before?.slowest_ms ?? 0)),
    };
    this.known.set(keyOf(kind), row);
    this.begun.delete(keyOf(kind));
    this.keep(row);
  }

  /** The row of the same kind; else the same model and device at the nearest size; else the model elsewhere. */
  private nearest(wanted: Kind): StepTime | undefined {
    const exact = this.known.get(keyOf(wanted)) ?? this.begun.get(keyOf(wanted));
    if (exact !== undefined) return exact;
    let best: StepTime | undefined;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (const row of [...this.known.values(), ...this.begun.values()]) {
      if (row.model !== wanted.model) continue;
      const distance = Math.abs(Math.log(ratio(wanted, row))) + (row.device === wanted.device ? 0 : 1e3);
      if (distance < bestDistance) [best, bestDistance] = [row, distance];
    }
    return best;
  }
}

function stepsOf(request: StoredRequest): number {
  return request.steps + upscaleSteps(request);
}

type Kind = Pick<StepTime, 'model' | 'device' | 'pixels' | 'passes'>;

function kindOf({ model, count, cfg, slg, ...request }: StoredRequest, device: string): Kind {
  const passes = (cfg === 1 ? 1 : 2) + (slg === undefined ? 0 : 1);
  return { model: model.name, device, pixels: Math.round(pixelsOfStep(request) * count), passes };
}

/** Of one step: with a second pass, the mean of all steps of both. */
function pixelsOfStep(request: Pick<StoredRequest, 'width' | 'height' | 'steps' | 'upscale'>): number {
  const { width, height, steps, upscale } = request;
  const first = width * height;
  if (upscale === undefined) return first;
  const more = upscaleSteps(request);
  return (first * steps + upscale.width * upscale.height * more) / (steps + more);
}

function keyOf({ model, device, pixels, passes }: Kind): string {
  return `${model}\n${device}\n${pixels}\n${passes}`;
}

function ratio(wanted: Kind, row: Kind): number {
  return (wanted.pixels * wanted.passes) / (row.pixels * row.passes);
}
