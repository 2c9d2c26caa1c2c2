/** Parity of ImageScale and LatentUpscale: every method, with the crop, on bytes and on latents. */
import { commonUpscale, type UpscaleMethod } from '../../pipeline/image/resize/common-upscale.ts';
import { compareBytes } from './compare-bytes.ts';
import { Findings } from './findings.ts';
import { openTensors } from './golden.ts';
import type { ParityGroup } from './group.ts';
import type { Tolerance } from './reference.ts';

interface Case {
  key: string;
  input: string;
  width: number;
  height: number;
  method: UpscaleMethod;
  crop: 'disabled' | 'center';
  /** Of pictures: whether every byte has to be theirs. */
  exact?: boolean;
}

export const resize: ParityGroup = async (reference) => {
  if (!reference.has('resize.json')) return [];
  const { cases } = reference.json<{ cases: Case[] }>('resize.json');
  const { tolerances } = reference.json<{
    tolerances: { context: Tolerance; resize: { max_diff_where_not_exact: number } };
  }>('index.json');
  const golden = openTensors(reference, 'resize.safetensors');
  const findings = new Findings();
  for (const { key, input, width, height, method, crop, exact } of cases) {
    const given = golden.tensor(input);
    const wanted = golden.tensor(key);
    if (given.shape.length === 4) {
      const ours = commonUpscale(given, width, height, method, crop);
      findings.expect(key, ours.data, wanted.data, tolerances.context);
      continue;
    }
    const [oldHeight, oldWidth, channels] = given.shape as [number, number, number];
    const planes = Float32Array.from(given.data, (_, i) => {
      const area = oldHeight * oldWidth;
      return given.data[(i % area) * channels + Math.floor(i / area)]! / 255;
    });
    const picture = { data: planes, shape: [1, channels, oldHeight, oldWidth] };
    const { data } = commonUpscale(picture, width, height, method, crop);
    const ours = Uint8Array.from(wanted.data, (_, i) => {
      const value = data[(i % channels) * width * height + Math.floor(i / channels)]!;
      return Math.fround(255 * Math.min(Math.max(value, 0), 1));
    });
    const { max_diff } = compareBytes(ours, wanted.data);
    const limit = exact ? 0 : tolerances.resize.max_diff_where_not_exact;
    findings.require(max_diff <= limit, `${key}: max_diff ${max_diff}`);
  }
  return findings.lines('resize');
};
