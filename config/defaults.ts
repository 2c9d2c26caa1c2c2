/** The limits and defaults of a request, one table: each figure with its unit and why it is what it is. */

export const LIMITS = Object.freeze({
  /** Characters (code points). The chat's field sizes; also what one A1111 text chunk is read back from comfortably. */
  prompt: 2000,
  /** Characters (code points). */
  negative: 1000,
  /** Characters of a style's or model's name: longer ones do not fit a chat's menu. */
  name: 100,
  /** Largest seed: the largest whole number that a JSON number carries exactly. */
  seed: Number.MAX_SAFE_INTEGER,
  /** Steps: 3 x the official Medium's 50; more only costs time. */
  steps: 150,
  /** Guidance factor: above 30 every model gives burnt colours only. */
  cfg: 30,
  /** Pictures of one batch: what one message can show side by side. */
  count: 4,
  /** Largest timestep shift; ComfyUI's own limit. */
  shift: 100,
  /** Largest skip-layer guidance scale; ComfyUI's own limit. */
  slgScale: 10,
  /** Longer side over shorter side. */
  aspect: 4,
  /** Pixels: one latent patch is 2 x 2 latent pixels of 8 x 8 pixels each. */
  sizeStep: 16,
  /** Bytes of an uploaded picture (10 MiB): the chats' own limit for everybody. */
  uploadBytes: 10 * 1024 * 1024,
  /** Pixels of an uploaded picture (4096 x 4096, 16.8 megapixels): decoded it takes 50 MB. */
  uploadPixels: 4096 * 4096,
  /** Bytes of a models.json, geometry or styles file: such a file is some kilobytes. */
  tableBytes: 1024 * 1024,
});

export const DEFAULTS = Object.freeze({
  negative: '',
  style: 'none',
  count: 1,
  /** ComfyUI's `denoise` for image to image: keeps the layout, changes the rest (design: Vary). */
  strength: 0.6,
  /** ComfyUI's SkipLayerGuidanceSD3: layers and the fractions of the schedule between which it works. */
  slgLayers: Object.freeze([7, 8, 9]),
  slgStart: 0.01,
  slgEnd: 0.15,
});
