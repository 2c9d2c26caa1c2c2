/** One file that a workflow names: which networks it holds is told by its header, whatever their names are called. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFile } from '../../../pipeline/weights/open-file.ts';
import { reference } from '../../reference.ts';
import { temporaryFolder } from './folder.ts';
import { readTiny } from './forms/readable.ts';
import { openClip } from './forms/rearranged.ts';
import { type Tensors, write } from './forms/tensors.ts';
import { asStored } from './forms/tiny.ts';

const path = temporaryFolder();
const tiny = readTiny(reference().path);
const geometry = reference().path('tiny', 'config.json');
/** The projection stands beside the encoder, not in it. */
const bare = (clip: Tensors) =>
  asStored(new Map([...clip].map(([name, values]) => [name.replace(/^text_model\./, ''), values])));
const ENCODERS = ['clip_l', 'clip_g', 't5xxl'] as const;

test.each([
  ['its own names', asStored],
  ['open_clip’s names', (clip: Tensors) => asStored(openClip(clip))],
  ['names without text_model.', bare],
])('which of the two CLIPs a file holds, under %s', (_, entriesOf) => {
  for (const [role, clip] of [
    ['clip_l', tiny.clipL],
    ['clip_g', tiny.clipG],
  ] as const) {
    const file = write(join(path(role), '..', `${role}.safetensors`), entriesOf(clip));
    const opened = openFile(file, ENCODERS, 'clip_name', geometry);
    expect(Object.keys(opened)).toContain(role);
    expect(Object.keys(opened).filter((key) => key.startsWith('clip'))).toEqual([role]);
  }
});
