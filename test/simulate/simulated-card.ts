/** A card of the simulation: what it holds is reckoned as the runtime does, and a picture takes the time that it takes. */
import type { Renderer } from '../../bot/devices/device.ts';
import { type Clock, pause } from '../../bot/time/clock.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import type { Holding } from '../../pipeline/runtime/holdings.ts';
import { type HeldPart, whoLeaves } from '../../pipeline/runtime/residency.ts';
import { BYTES, type Card, LOADING, type ModelName, stepsOf } from './cards.ts';

export class SimulatedCard implements Renderer {
  holding: Holding | undefined;
  /** Pictures before which a model was loaded. */
  loads = 0;
  private readonly card: Card;
  private readonly clock: Clock;
  private held: HeldPart<ModelName>[] = [];
  private runs = 0;

  constructor(card: Card, clock: Clock) {
    this.card = card;
    this.clock = clock;
  }

  /** @param request its seed is by how many thousandths its steps are slower than the card's */
  async render(
    { model, seed }: PictureRequest,
    _progress: (event: RenderEvent) => void,
  ): Promise<PictureResult> {
    const name = model.name as ModelName;
    const timings = this.timings(name, this.load(name), 1 + seed / 1000);
    await pause(this.clock, timings.total_ms);
    return { pictures: [], timings };
  }

  kill(): void {}

  async close(): Promise<void> {}

  /** What a worker reports of a picture. @param factor how much slower than usual its steps are */
  timings(model: ModelName, load_ms: number, factor: number): PictureResult['timings'] {
    const { passMs, restMs } = this.card;
    const { steps, passes } = stepsOf(model);
    const step = passes * passMs[model] * factor;
    const step_ms = Array.from({ length: steps }, () => step);
    const sample_ms = steps * step;
    return {
      load_ms,
      encode_ms: 0,
      sample_ms,
      step_ms,
      decode_ms: restMs,
      total_ms: load_ms + sample_ms + restMs,
    };
  }

  /** Brings the model into the card's memory. @returns milliseconds that this takes; 0 where it is there */
  private load(model: ModelName): number {
    const run = ++this.runs;
    const isHeld = this.held.some(({ key }) => key === model);
    const leaving = isHeld ? [] : whoLeaves(this.held, BYTES[model], this.card.budget);
    if (leaving === undefined) throw new Error(`${model} does not fit on ${this.card.name}`);
    const others = this.held.filter(({ key }) => key !== model && !leaving.includes(key));
    const part = { key: model, kind: 'transformer', bytes: BYTES[model], run, needed: false } as const;
    this.held = [...others, part];
    this.holding = { budget: this.card.budget, parts: this.held };
    if (!isHeld) this.loads++;
    return isHeld ? 0 : loadMs(model);
  }
}

/** Milliseconds. */
export function loadMs(model: ModelName): number {
  return BYTES[model] / LOADING;
}
