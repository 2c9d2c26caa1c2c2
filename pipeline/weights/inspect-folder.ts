/** What a diffusers folder is as a whole, told by the files in it. */
import { basename, dirname } from 'node:path';
import { pipelineOf } from './diffusers-folder.ts';
import { type FileCard, inWords } from './inspect.ts';

const DIFFUSERS_PARTS = ['transformer', 'vae', 'text_encoder', 'text_encoder_2', 'text_encoder_3'] as const;
const ROLES = {
  transformer: 'mmdit',
  vae: 'vae',
  text_encoder: 'clip_l',
  text_encoder_2: 'clip_g',
  text_encoder_3: 't5xxl',
} as const;

/**
 * A diffusers folder as one card, made of the cards of the files in it.
 * @param cards of all files, by path
 */
export function inspectFolder(folder: string, cards: readonly FileCard[]): FileCard | undefined {
  const pipeline = pipelineOf(folder);
  const base = { path: folder, bytes: 0, stamp: '', type: '' };
  if (pipeline !== undefined && !/StableDiffusion3/.test(pipeline))
    return {
      ...base,
      kind: 'other_pipeline',
      what: `a diffusers folder for ${pipeline}`,
      advice: 'Darkroom draws with Stable Diffusion 3.5 and 3',
      parts: [],
    };
  const inside = cards.filter(
    ({ path }) =>
      (DIFFUSERS_PARTS as readonly string[]).includes(basename(dirname(path))) &&
      dirname(dirname(path)) === folder,
  );
  const parts = inside.flatMap((card) => {
    const role = ROLES[basename(dirname(card.path)) as keyof typeof ROLES];
    return card.parts
      .filter((part) => part.role === role || part.role === 'clip')
      .map((part) => ({ ...part, role }));
  });
  const byRole = [...new Map(parts.map((part) => [part.role, part])).values()];
  if (!byRole.some(({ role }) => role === 'mmdit')) return undefined;
  const order = Object.values(ROLES);
  byRole.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
  const bytes = inside.reduce((sum, card) => sum + card.bytes, 0);
  const type = inside.find(({ parts: [part] }) => part?.role === 'mmdit')?.type ?? '';
  return {
    ...base,
    bytes,
    type,
    kind: 'checkpoint',
    what: `${inWords(byRole, folder)}, as a diffusers folder`,
    parts: byRole,
  };
}
