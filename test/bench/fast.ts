/** What `--fast` wins, and how far its picture is from the one with every step: nano with its own steps at 256x256. */
import sharp from 'sharp';
import { openCatalogue } from '../../bot/catalogue.ts';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import { readSettings } from '../../config/settings.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { SHEET } from '../adherence/data.ts';
import { atMost, type BenchPart, median, rounded } from './figure.ts';

const PROMPTS = 12;
/** Of the time that sampling takes with every step. */
const LONGEST = 0.8;

export const fast: BenchPart = async (_folder, say) => {
  say('nano with and without --fast');
  const { files, defaults } = openCatalogue(readSettings({})).choose('nano', '--only');
  const host = new WorkerProcess({ device: 'cpu' });
  const draw = async (prompt: string, more: Partial<PictureRequest>) => {
    const { pictures, timings } = await host.render(
      {
        ...defaults,
        ...{ id: 'bench', model: { name: 'nano', files }, prompt, negative: '', seed: 1, count: 1 },
        ...{ width: 256, height: 256, previews: false, keepTensors: false },
        ...more,
      },
      () => {},
    );
    const pixels = await sharp(pictures[0]!).raw().toBuffer();
    return { pixels, ms: timings.sample_ms };
  };
  try {
    const shares: number[] = [];
    const decibels: number[] = [];
    await draw('warm', {});
    for (const prompt of SHEET.slice(0, PROMPTS)) {
      const whole = await draw(prompt, {});
      const quick = await draw(prompt, { fast: true });
      shares.push(quick.ms / whole.ms);
      decibels.push(likeness(whole.pixels, quick.pixels));
    }
    return {
      fast_nano: atMost(median(shares), 'of the time of sampling', LONGEST, {
        shares: shares.map(rounded),
        psnr_db: decibels.map((value) => Number(value.toFixed(1))),
        psnr_median_db: Number(median(decibels).toFixed(1)),
      }),
    };
  } finally {
    await host.close();
  }
};

/** Peak signal to noise of 8-bit pictures, in decibels. */
function likeness(a: Uint8Array, b: Uint8Array): number {
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}
