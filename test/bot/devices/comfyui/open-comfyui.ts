/** A ComfyUI device in front of the stand-in, ended with the test. */
import { onTestFinished } from 'vitest';
import { ComfyUi } from '../../../../bot/devices/comfyui/comfyui.ts';
import { openComfyHttp } from '../../../../bot/devices/comfyui/http.ts';
import { ServerWatch } from '../../../../bot/devices/comfyui/server-watch.ts';
import { Device } from '../../../../bot/devices/device.ts';
import { systemClock } from '../../../../bot/time/clock.ts';
import { MODELS } from '../../../../config/models.ts';
import type { RenderEvent } from '../../../../pipeline/messages.ts';
import type { PictureRequest } from '../../../../pipeline/request.ts';
import type { ComfyStandin } from '../../../standins/comfyui/comfyui-standin.ts';
import { aRequest } from '../../jobs/a-job.ts';

export async function openComfyUi(standin: ComfyStandin) {
  const http = openComfyHttp(standin.address, fetch, systemClock);
  const watch = new ServerWatch(http, MODELS, systemClock);
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const options = { device: 'comfyui:1', address: standin.address, http, watch, clock: systemClock, log };
  const renderer = new ComfyUi(options);
  const device = new Device('comfyui:1', renderer, systemClock);
  const close = async () => {
    watch.close();
    await renderer.close();
  };
  onTestFinished(close);
  await watch.start();
  const events: RenderEvent[] = [];
  const render = (request: PictureRequest, signal?: AbortSignal) =>
    device.render(request, 600_000, (event) => events.push(event), signal);
  return { watch, device, render, events, logged, close };
}

let jobs = 0;

/** A request for a model of the stand-in. */
export function aServerRequest(
  watch: ServerWatch,
  change: Partial<PictureRequest> = {},
  model = 'large',
): PictureRequest {
  const { entry, files } = watch.models.find(({ entry }) => entry.name === model)!;
  return aRequest({
    id: `job-${jobs++}-${process.pid}`,
    model: { name: entry.name, files },
    ...{ width: 128, height: 64, steps: 4, seed: 7, previews: true },
    ...change,
  });
}
