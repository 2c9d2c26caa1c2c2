/** A preview as a data URL: small enough to travel with the event that announces it. */
import sharp from 'sharp';
import type { Pixels, Preview } from '../../pipeline/request.ts';

/** Pixels of the longer side; larger ones are made smaller, since the page blurs them anyway. */
const LARGEST = 192;

/** Made once for each look, however many people follow the picture. */
const made = new WeakMap<Pixels, Promise<string>>();

/** Of each picture of a batch, as far as there is one. */
export function previewUrls(preview: Preview): Promise<string[]> {
  return Promise.all([preview, ...(preview.others ?? [])].map(previewUrl));
}

export function previewUrl(pixels: Pixels): Promise<string> {
  const known = made.get(pixels);
  if (known !== undefined) return known;
  const url = encode(pixels);
  made.set(pixels, url);
  return url;
}

async function encode({ width, height, data }: Pixels): Promise<string> {
  const webp = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: LARGEST, height: LARGEST, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80, effort: 0 })
    .toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}
