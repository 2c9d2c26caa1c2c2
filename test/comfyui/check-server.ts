/** What Darkroom needs of a ComfyUI server, tried one after the other on one that runs. */
import sharp from 'sharp';
import { ComfyUi, openComfyHttp, ServerWatch } from '../../bot/devices/comfyui/index.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { Fault } from '../../config/faults.ts';
import { MODELS } from '../../config/models.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { aRequest } from '../bot/jobs/a-job.ts';

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** @param address without a slash at its end. @param side of the pictures, a multiple of 16 */
export async function checkServer(
  address: string,
  side: number,
  tell: (check: Check) => void,
): Promise<boolean> {
  const http = openComfyHttp(address, fetch, systemClock);
  const watch = new ServerWatch(http, MODELS, systemClock);
  const log = (text: string) => tell({ what: 'the server says', ok: true, detail: text });
  const device = new ComfyUi({ device: 'comfyui:1', address, http, watch, clock: systemClock, log });
  let isWell = true;
  const check = (what: string, ok: boolean, detail = '') => {
    isWell &&= ok;
    tell({ what, ok, detail });
  };
  try {
    await watch.start();
    check('answers', watch.isReachable, watch.isReachable ? '' : watch.reason);
    const [model] = watch.models;
    check('has a model', model !== undefined, watch.models.map(({ entry }) => entry.name).join(', '));
    if (model === undefined) return false;
    const request = aRequest({
      model: { name: model.entry.name, files: model.files },
      ...{ width: side, height: side, steps: 4, seed: 7, previews: true },
    });
    const id = () => `check-${process.pid}-${systemClock.monotonic()}`;
    const render = async (change: Partial<PictureRequest>, signal?: AbortSignal, then = () => {}) => {
      const events: RenderEvent[] = [];
      const hear = (event: RenderEvent) => {
        events.push(event);
        if (event.type === 'step') then();
      };
      const result = await device.render({ ...request, id: id(), ...change }, hear, signal);
      return { ...result, steps: events.filter((event) => event.type === 'step') };
    };

    const { pictures, steps, timings } = await render({});
    const { width, height } = await sharp(pictures[0]).metadata();
    check('draws', width === side && height === side, `${width}x${height} in ${timings.total_ms} ms`);
    check('tells its steps', steps.length > 0, `${steps.length} of ${request.steps}`);
    const previews = steps.filter(({ preview }) => preview !== undefined).length;
    check('shows previews', previews > 0, `${previews} (--preview-method of the server may be none)`);

    const again = await render({ init: { image: pictures[0]!, strength: 0.5 } });
    check('takes a picture to start from', again.pictures.length === 1);
    const two = await render({ count: 2, seed: 8 });
    check('draws two at once', two.pictures.length === 2);

    const control = new AbortController();
    const cancelled = await render({ steps: 100, seed: 9 }, control.signal, () => control.abort()).then(
      () => 'drawn',
      (error) => (error instanceof Fault ? error.code : String(error)),
    );
    check('cancels', cancelled === 'cancelled', cancelled);
    const after = await render({ seed: 10 });
    check('draws after that', after.pictures.length === 1);
    const history = JSON.stringify(await http.json('/history'));
    check('keeps no prompt of a picture that is done', !history.includes('execution_success'));
    return isWell;
  } finally {
    watch.close();
    await device.close();
  }
}
