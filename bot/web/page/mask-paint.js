/** A mask on a canvas: what is painted anew is opaque, the rest transparent; and the PNG that is made of it. */
import { el } from './elements.js';

/** @typedef {import('./mask-acts.js').Act} Act */
/** @typedef {import('./mask-acts.js').Point} Point */
/** @typedef {import('./mask-acts.js').Stroke} Stroke */

/** In which it lies over the picture; the PNG is white on black. */
const COLOUR = '#ff5a36';
/** Pixels of the longer side: finer than any model's latent, and small enough for a phone. */
const LARGEST = 2048;
/** Of 255: alpha from which on a pixel counts as painted. */
const PAINTED = 128;

/** The size of a picture's mask, and its pixels for one of the picture. @param {{width: number, height: number}} picture */
export function maskSize({ width, height }) {
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    scale,
  };
}

/** @param {{width: number, height: number}} size */
export function openPaint({ width, height }) {
  const canvas = el('canvas.mask', { width, height, 'aria-hidden': 'true' });
  const context = contextOf(canvas);

  /** @param {Pick<Stroke, 'erase' | 'width'>} stroke */
  function take({ erase, width: wide }) {
    context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    context.strokeStyle = COLOUR;
    context.fillStyle = COLOUR;
    context.lineWidth = wide;
    context.lineCap = 'round';
    context.lineJoin = 'round';
  }

  /** A line through the points; one point is a dot. @param {Stroke} stroke @param {number} [from] index of the first point that is new */
  function draw(stroke, from = 0) {
    const { points, width: wide } = stroke;
    const [first, ...rest] = points.slice(Math.max(0, from - 1));
    if (first === undefined) return;
    take(stroke);
    context.beginPath();
    if (rest.length === 0) {
      context.arc(first.x, first.y, wide / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    context.moveTo(first.x, first.y);
    for (const { x, y } of rest) context.lineTo(x, y);
    context.stroke();
  }

  /** @param {Act} act */
  function perform(act) {
    if (act.kind === 'stroke') return draw(act);
    if (act.kind === 'clear') return context.clearRect(0, 0, width, height);
    context.globalCompositeOperation = 'xor';
    context.fillStyle = COLOUR;
    context.fillRect(0, 0, width, height);
  }

  return {
    canvas,
    draw,
    perform,
    /** Everything anew. @param {readonly Act[]} acts */
    repaint(acts) {
      context.clearRect(0, 0, width, height);
      for (const act of acts) perform(act);
    },
    /** White where the picture is to be painted anew, black elsewhere; undefined where nothing is. @returns {Promise<Blob | undefined>} */
    async toPng() {
      const { data } = context.getImageData(0, 0, width, height);
      let painted = false;
      for (let at = 0; at < data.length; at += 4) {
        const isPainted = (data[at + 3] ?? 0) >= PAINTED;
        painted ||= isPainted;
        data.fill(isPainted ? 255 : 0, at, at + 3);
        data[at + 3] = 255;
      }
      return painted ? encode(new ImageData(data, width, height)) : undefined;
    },
  };
}

/** @param {ImageData} pixels @returns {Promise<Blob | undefined>} */
function encode(pixels) {
  const canvas = el('canvas', { width: pixels.width, height: pixels.height });
  contextOf(canvas).putImageData(pixels, 0, 0);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png'));
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser draws nothing on a canvas');
  return context;
}
