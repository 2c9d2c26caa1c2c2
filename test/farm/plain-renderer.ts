/** A device of this machine that draws plain pictures of the right size, each step in so many milliseconds. */
import { type Clock, systemClock } from '../../bot/time/clock.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { FakeRenderer } from '../bot/jobs/fake-renderer.ts';
import { encodePlain } from '../standins/comfyui/draw.ts';

export class PlainRenderer extends FakeRenderer {
  /** It lives as long as we do: what asks whether it holds a model compares this. */
  readonly pid = process.pid;
  private drawn: Uint8Array = new Uint8Array();

  /** @param stepTime milliseconds */
  constructor(stepTime: number, clock: Clock = systemClock) {
    super(clock, stepTime);
    this.preview = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  }

  override picture = (_: PictureRequest): Uint8Array => this.drawn;

  override async render(...given: Parameters<FakeRenderer['render']>) {
    this.drawn = await encodePlain(given[0]);
    return super.render(...given);
  }
}
