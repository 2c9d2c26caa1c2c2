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
  private readonly known = new Rows();
  /** Kinds of which no picture was finished yet, by the steps of one that is being made. */
  private readonly begun = new Rows();
  private readonly keep: (time: StepTime) => void;
  /** What was found out of a request once: the dispatcher asks of each waiting one for every device, again and again. */
  private readonly kinds = new WeakMap<StoredRequest, Kind>();

  /** @param keep writes a changed row down */
  constructor(rows: readonly StepTime[], keep: (row: StepTime) => void) {
    for (const row of rows) this.known.set(row);
    this.keep = keep;
  }

  /** Whether anything was measured that tells how long this takes: a figure from nothing would be wrong by far. */
  isMeasured(request: StoredRequest, device: string): boolean {
    return this.nearest(this.kindOf(request), device) !== undefined;
  }

  /** A step was made of a picture that is not finished. @param ms of one step */
  notice(request: StoredRequest, device: string, ms: number): void {
    const kind = this.kindOf(request);
    if (this.known.get(kind, device) !== undefined || !(ms > 0)) return;
    // Text before and decoding after take about as long as a step or two.
    const { model, pixels, passes } = kind;
    const measured = { step_ms: ms, rest_ms: 2 * ms, load_ms: 0, slowest_ms: ms };
    this.begun.set({ model, device, pixels, passes, ...measured });
  }

  /** Milliseconds that one step of the request takes on the device. */
  step(request: StoredRequest, device: string): number {
    const kind = this.kindOf(request);
    return stepBy(this.nearest(kind, device), kind, device);
  }

  /** Milliseconds from the beginning to the picture. @param loaded whether the device holds the model */
  picture(request: StoredRequest, device: string, loaded: boolean): number {
    const kind = this.kindOf(request);
    const row = this.nearest(kind, device);
    const step = stepBy(row, kind, device);
    const rest = row === undefined ? step : row.rest_ms * ratio(kind, row);
    return stepsOf(request) * step + rest + (loaded ? 0 : (row?.load_ms ?? 0));
  }

  /** The longest time between two signs of life, where this kind of picture was measured on this device. */
  slowest(request: StoredRequest, device: string): number | undefined {
    return this.known.get(this.kindOf(request), device)?.slowest_ms;
  }

  /**
   * Steps of which some were left out say nothing of the others.
   * @param expectsLoad the device last drew with another model: that nothing had to be loaded says that it holds both
   */
  learn(request: StoredRequest, device: string, timings: Timings, expectsLoad = false): void {
    if (request.fast) return;
    const kind = this.kindOf(request);
    const before = this.known.get(kind, device);
    const steps = timings.step_ms.reduce((sum, ms) => sum + ms, 0);
    const mean = (old: number | undefined, value: number) =>
      old === undefined ? value : old + WEIGHT * (value - old);
    const longest = Math.max(...timings.step_ms, timings.encode_ms, timings.decode_ms, timings.load_ms);
    const { model, pixels, passes } = kind;
    const row: StepTime = {
      model,
      device,
      pixels,
      passes,
      step_ms: mean(before?.step_ms, steps / Math.max(1, timings.step_ms.length)),
      rest_ms: mean(before?.rest_ms, Math.max(0, timings.total_ms - steps - timings.load_ms)),
      load_ms:
        timings.load_ms < LOADED && !expectsLoad
          ? (before?.load_ms ?? 0)
          : mean(before?.load_ms, timings.load_ms),
      // The longest fades slowly, so that one stall does not blind the watchdog for ever.
      slowest_ms: Math.max(longest, 0.9 * (before?.slowest_ms ?? 0)),
    };
    this.known.set(row);
    this.begun.remove(row);
    this.keep(row);
  }

  /** The row of the same kind; else the same model and device at the nearest size; else the model elsewhere. */
  private nearest(wanted: Kind, device: string): StepTime | undefined {
    const exact = this.known.get(wanted, device) ?? this.begun.get(wanted, device);
    if (exact !== undefined) return exact;
    let best: StepTime | undefined;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (const rows of [this.known, this.begun])
      for (const row of rows.of(wanted.model)) {
        const distance = Math.abs(Math.log(ratio(wanted, row))) + (row.device === device ? 0 : 1e3);
        if (distance < bestDistance) [best, bestDistance] = [row, distance];
      }
    return best;
  }

  /** The same for requests that take equally long wherever they are drawn. */
  nameOf(request: StoredRequest): string {
    return this.kindOf(request).whole;
  }

  private kindOf(request: StoredRequest): Kind {
    const found = this.kinds.get(request);
    if (found !== undefined) return found;
    const { model, count, cfg, slg } = request;
    const passes = (cfg === 1 ? 1 : 2) + (slg === undefined ? 0 : 1);
    const own = { model: model.name, pixels: Math.round(pixelsOfStep(request) * count), passes };
    const key = keyOf(own);
    const kind = { ...own, key, whole: `${key}\n${stepsOf(request)}\n${model.files.checkpoint}` };
    this.kinds.set(request, kind);
    return kind;
  }
}

/** A kind of picture; how long it takes is known by device. */
interface Kind extends Pick<StepTime, 'model' | 'pixels' | 'passes'> {
  /** All of it in one word: kinds are looked up far more often than made. */
  readonly key: string;
  /** With the number of its steps and its checkpoint. */
  readonly whole: string;
}

/** By kind, then by device. */
class Rows {
  private readonly byKind = new Map<string, Map<string, StepTime>>();

  get({ key }: Kind, device: string): StepTime | undefined {
    return this.byKind.get(key)?.get(device);
  }

  set(row: StepTime): void {
    const key = keyOf(row);
    const rows = this.byKind.get(key) ?? new Map<string, StepTime>();
    this.byKind.set(key, rows.set(row.device, row));
  }

  remove(row: StepTime): void {
    this.byKind.get(keyOf(row))?.delete(row.device);
  }

  *of(model: string): Iterable<StepTime> {
    for (const rows of this.byKind.values())
      for (const row of rows.values()) {
        if (row.model !== model) break;
        yield row;
      }
  }
}

function keyOf({ model, pixels, passes }: Pick<Kind, 'model' | 'pixels' | 'passes'>): string {
  return `${model}\n${pixels}\n${passes}`;
}

/** Milliseconds of one step. */
function stepBy(row: StepTime | undefined, kind: Kind, device: string): number {
  if (row !== undefined) return row.step_ms * ratio(kind, row);
  const perMegapixel = isProcessor(device) ? PRIOR.cpu : PRIOR.gpu;
  return (perMegapixel * kind.pixels * kind.passes) / 1e6;
}

function stepsOf(request: StoredRequest): number {
  return request.steps + upscaleSteps(request);
}

/** Of one step: with a second pass, the mean of all steps of both. */
function pixelsOfStep(request: Pick<StoredRequest, 'width' | 'height' | 'steps' | 'upscale'>): number {
  const { width, height, steps, upscale } = request;
  const first = width * height;
  if (upscale === undefined) return first;
  const more = upscaleSteps(request);
  return (first * steps + upscale.width * upscale.height * more) / (steps + more);
}

function ratio(wanted: Kind, row: StepTime): number {
  return (wanted.pixels * wanted.passes) / (row.pixels * row.passes);
}
