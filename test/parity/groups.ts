/** Every parity group, named after the reference's files, in the order a picture is made. */

import { diffusersConvert } from './diffusers-convert.ts';
import { dtypes } from './dtypes.ts';
import type { ParityGroup } from './group.ts';
import { mmditLarge, mmditMedium } from './mmdit.ts';
import { noise } from './noise.ts';
import { preview } from './preview.ts';
import { sigmas } from './sigmas.ts';
import { text } from './text.ts';
import { tokens } from './tokens.ts';
import { trajectories } from './trajectories.ts';
import { txt2img } from './txt2img.ts';
import { vae } from './vae.ts';

export const GROUPS: Readonly<Record<string, ParityGroup>> = {
  dtypes,
  diffusers_convert: diffusersConvert,
  tokens,
  text,
  mmdit_large: mmditLarge,
  mmdit_medium: mmditMedium,
  vae,
  preview,
  noise,
  sigmas,

  trajectories,
  txt2img,
};
