/** The ends of a workflow: pictures that are kept, and pictures that are only shown. */
import { pixelsOf } from '../../image/to-pixels.ts';
import { link, text } from '../inputs.ts';
import { defineNode } from '../node.ts';

/** `SaveImage`: every picture of the batch. What the files are called is for the caller to say. */
export const saveImage = defineNode({
  name: 'SaveImage',
  inputs: { images: link('IMAGE'), filename_prefix: text('ComfyUI') },
  outputs: [],
  isOutput: true,
  run({ images }, { onPicture }) {
    for (let i = 0; i < images.shape[0]!; i++) onPicture?.(pixelsOf(images, i));
    return [];
  },
});

/** `PreviewImage`: on the way; kept only where a workflow saves nothing. */
export const previewImage = defineNode({
  name: 'PreviewImage',
  inputs: { images: link('IMAGE') },
  outputs: [],
  isOutput: true,
  run({ images }, { onPreview }) {
    for (let i = 0; i < images.shape[0]!; i++) onPreview?.(pixelsOf(images, i));
    return [];
  },
});
