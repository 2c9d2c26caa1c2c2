/** A ComfyUI server in DEVICES: whether it answers as one, and which models it has. */
import { comfyuiAddress, type Settings } from '../../config/settings.ts';
import { readModelTable } from '../../config/user-models.ts';
import { openComfyHttp } from '../devices/comfyui/http.ts';
import { offeredModels } from '../devices/comfyui/offered-models.ts';
import { readServerFiles } from '../devices/comfyui/server-files.ts';
import { systemClock } from '../time/clock.ts';
import { type Finding, sentenceOf } from './doctor-check.ts';

/** @returns one finding a server, in the order of DEVICES */
export async function checkServers(
  { devices, modelsDir }: Pick<Settings, 'devices' | 'modelsDir'>,
  fetch: typeof globalThis.fetch,
): Promise<Finding[]> {
  const addresses = devices === 'auto' ? [] : devices.flatMap((name) => comfyuiAddress(name) ?? []);
  return Promise.all(
    addresses.map(async (address, i): Promise<Finding> => {
      const about = `device comfyui:${i + 1}`;
      try {
        const files = await readServerFiles(openComfyHttp(address, fetch, systemClock));
        const names = offeredModels(files, readModelTable(modelsDir)).map(({ entry }) => entry.name);
        const text = `${address} answers; it has ${names.join(', ')}`;
        if (names.length > 0) return { about, state: 'ok', text };
        const lacks = 'lists no Stable Diffusion 3.5 together with its text encoders (and VAE)';
        return { about, state: 'fault', text: `${address} answers, but ${lacks}` };
      } catch (error) {
        return {
          about,
          state: 'fault',
          text: `${address} does not answer as a ComfyUI: ${sentenceOf(error)}`,
        };
      }
    }),
  );
}
