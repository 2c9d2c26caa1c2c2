/** What made a picture, as AUTOMATIC1111's web UI writes it into its files; most galleries and tools read this. */
import { basename } from 'node:path';
import { PROGRAM } from '../../config/program.ts';
import { A1111_SAMPLERS, A1111_SCHEDULERS } from '../../config/sampling-names.ts';
import type { PictureRequest } from '../request.ts';
import { upscaleSteps } from '../upscale-steps.ts';

/**
 * The text of the `parameters` chunk (format of `create_infotext` in A1111's processing.py).
 * @param index which picture of the batch, from 0.
 */
export function writeInfotext(request: PictureRequest, index = 0): string {
  const pairs: [string, string | number][] = [
    ['Steps', request.steps],
    ['Sampler', A1111_SAMPLERS[request.sampler] ?? request.sampler],
    ['Schedule type', A1111_SCHEDULERS[request.scheduler] ?? request.scheduler],
    ['CFG scale', request.cfg],
    ['Seed', request.seed],
    ['Size', `${request.width}x${request.height}`],
    ['Model', request.model.name],
  ];
  const { init, upscale, control } = request;
  // A1111 has one strength for both; its second pass is the one that is told.
  const strength = upscale?.strength ?? init?.strength;
  if (strength !== undefined) pairs.push(['Denoising strength', strength]);
  if (upscale !== undefined) {
    const { width, height } = upscale;
    pairs.push(
      ['Hires resize', `${width}x${height}`],
      ['Hires steps', upscaleSteps(request)],
      ['Hires upscaler', 'Latent (bislerp)'],
    );
  }
  if (control !== undefined) {
    const module = control.edges ? 'canny' : 'none';
    const model = basename(control.file).replace(/\.safetensors$/, '');
    pairs.push(['ControlNet 0', `Module: ${module}, Model: ${model}, Weight: ${control.strength}`]);
  }
  pairs.push(['Shift', request.shift]);
  if (request.slg !== undefined) {
    const { scale, layers, start, end } = request.slg;
    pairs.push(
      ['SLG scale', scale],
      ['SLG layers', layers.join(', ')],
      ['SLG start', start],
      ['SLG end', end],
    );
  }
  if (request.fast) pairs.push(['Fast', 'yes']);
  const { count, batchIndex } = request;
  if (batchIndex !== undefined) pairs.push(['Batch size', batchIndex + 1], ['Batch pos', batchIndex]);
  else if (count > 1) pairs.push(['Batch size', count], ['Batch pos', index]);
  pairs.push(['Version', `${PROGRAM.name} ${PROGRAM.version}`]);

  const tags = (request.loras ?? []).map(
    ({ file, strength }) => ` <lora:${basename(file).replace(/\.safetensors$/, '')}:${strength}>`,
  );
  const lines = [request.prompt + tags.join('')];
  if (request.negative !== '') lines.push(`Negative prompt: ${request.negative}`);
  lines.push(pairs.map(([name, value]) => `${name}: ${quoteValue(String(value))}`).join(', '));
  return lines.join('\n');
}

/** A value that would break the "name: value, name: value" line is written as JSON (A1111's `quote`). */
function quoteValue(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}
