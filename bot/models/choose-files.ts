/** Which of the files that lie here make up a model: its checkpoint, and for each part that the checkpoint lacks the best that fits. */
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { EMBEDDED_FOLDER, type ModelFolders, modelRoots, sameName } from '../../config/model-folders.ts';
import { type ModelEntry, type PartBeside, USUAL_FILES } from '../../config/models.ts';
import { findTokenizers, tokenizersIn } from '../../config/tokenizer-files.ts';
import type { ModelFiles, PictureRequest } from '../../pipeline/request.ts';
import type { FileCard, FoundPart } from '../../pipeline/weights/inspect.ts';
import { type OfficialName, officialName } from './official-names.ts';

/** A part that is needed and not here. */
export interface Missing {
  readonly part: PartBeside | 'checkpoint' | 'tokenizers' | 'lora';
  /** What it is, and how its file is usually called: `CLIP-G text encoder (clip_g.safetensors)`. */
  readonly what: string;
  /** A file that the operator named is not there: nothing else will do. */
  readonly named?: true;
}

export interface Choice {
  /** Absent where something needed is missing. */
  readonly files?: ModelFiles;
  readonly missing: readonly Missing[];
  /** Text encoders that will be done without, because none is here. */
  readonly without: readonly ('clipL' | 'clipG' | 't5')[];
  /** The checkpoint, where one was found. */
  readonly checkpoint?: string;
  /** LoRA files of the model's own, absolute paths; absent where it has none. */
  readonly loras?: PictureRequest['loras'];
}

/** The text encoders in short, for lists of those that a model is drawn without. */
export const ENCODER_NAMES = { clipL: 'CLIP-L', clipG: 'CLIP-G', t5: 'T5' } as const;

const WORDS: Readonly<Record<PartBeside, string>> = {
  vae: 'VAE',
  clipL: 'CLIP-L text encoder',
  clipG: 'CLIP-G text encoder',
  t5: 'T5 text encoder',
  taesd: 'preview decoder',
};

/** @param claimed paths of checkpoints that the operator's own models use */
export function chooseFiles(
  entry: ModelEntry,
  cards: readonly FileCard[],
  folders: ModelFolders,
  claimed: ReadonlySet<string> = new Set(),
): Choice {
  if (entry.embedded) return embedded(entry);
  const checkpoint = chooseCheckpoint(entry, cards, folders, claimed);
  if (checkpoint === undefined) {
    const what = `its checkpoint (${entry.files.checkpoint.join(' or ')})`;
    const named = entry.named === undefined ? {} : { named: true as const };
    return { missing: [{ part: 'checkpoint', what, ...named }], without: [] };
  }
  const card = cards.find(({ path }) => path === checkpoint);
  const choice = completeFiles({ checkpoint, card, named: entry.named ?? {} }, cards, folders);
  return entry.loras === undefined ? choice : withLoras(choice, entry.loras, cards, folders);
}

function withLoras(
  choice: Choice,
  named: NonNullable<ModelEntry['loras']>,
  cards: readonly FileCard[],
  folders: ModelFolders,
): Choice {
  const found = named.map(({ file, strength }) => ({
    name: file,
    file: findNamed([file, `${file}.safetensors`], cards, folders),
    strength,
  }));
  const loras = found.flatMap(({ file, strength }) => (file === undefined ? [] : [{ file, strength }]));
  if (loras.length === found.length) return { ...choice, loras };
  const absent = found
    .filter(({ file }) => file === undefined)
    .map(({ name }): Missing => ({ part: 'lora', what: `LoRA (${name})`, named: true }));
  const { files: _, ...rest } = choice;
  return { ...rest, missing: [...choice.missing, ...absent] };
}

export interface Checkpoint {
  readonly checkpoint: string;
  /** What is known of it; without it nothing is taken to be inside. */
  readonly card: FileCard | undefined;
  readonly named: NonNullable<ModelEntry['named']>;
}

/** The parts beside a checkpoint. */
export function completeFiles(
  { checkpoint, card, named }: Checkpoint,
  cards: readonly FileCard[],
  folders: ModelFolders,
): Choice {
  const model = card?.parts.find(({ role }) => role === 'mmdit');
  const inside = (role: FoundPart['role']) =>
    card?.parts.some((part) => part.role === role && part.wrong === undefined) === true;
  const missing: Missing[] = [];
  const chosen: Partial<Record<PartBeside, string>> = {};
  const take = (part: PartBeside, ifUnnamed: () => string | undefined) => {
    const names = named[part];
    const found = names === undefined ? ifUnnamed() : findNamed(names, cards, folders);
    if (found !== undefined) chosen[part] = found;
    else if (names !== undefined && names.length > 0)
      missing.push({ part, what: `${WORDS[part]} (${names.join(' or ')})`, named: true });
  };
  take('vae', () => (inside('vae') ? undefined : bestVae(cards, model)));
  const clips = inside('clip_l') || inside('clip_g') ? {} : bestClips(cards, model, named);
  take('clipL', () => clips.l);
  take('clipG', () => clips.g);
  take('t5', () => (inside('t5xxl') ? undefined : bestT5(cards, model)));
  take('taesd', () => bestPreview(cards, model));

  const need = (part: 'vae' | 'clipL' | 'clipG', role: FoundPart['role']) => {
    const named_ = missing.some((one) => one.part === part);
    if (named[part]?.length === 0 || chosen[part] !== undefined || inside(role) || named_) return;
    missing.push({ part, what: `${WORDS[part]} (such as ${USUAL_FILES[part][0]})` });
  };
  need('vae', 'vae');
  // A file that holds one CLIP was made to be used with that one.
  if (!inside('clip_l') && !inside('clip_g')) {
    need('clipL', 'clip_l');
    need('clipG', 'clip_g');
  }
  const tokenizers = tokenizersIn(checkpoint) ?? findTokenizers(folders);
  if (tokenizers === undefined)
    missing.push({
      part: 'tokenizers',
      what: 'tokenizers (clip_vocab.json, clip_merges.txt, t5_tokenizer.json)',
    });
  const has = (part: 'clipL' | 'clipG' | 't5', role: FoundPart['role']) =>
    chosen[part] !== undefined || inside(role);
  const without = (
    [
      ['clipL', 'clip_l'],
      ['clipG', 'clip_g'],
      ['t5', 't5xxl'],
    ] as const
  )
    .filter(([part, role]) => !has(part, role) && !missing.some((one) => one.part === part))
    .map(([part]) => part);
  if (missing.length > 0 || tokenizers === undefined) return { missing, without, checkpoint };
  return { files: { checkpoint, tokenizers, ...chosen }, missing, without, checkpoint };
}

function embedded(entry: ModelEntry): Choice {
  const path = (names: readonly string[]) => join(EMBEDDED_FOLDER, names[0]!);
  const parts = Object.entries(entry.named ?? {}).map(([part, names]) => [part, path(names)]);
  const checkpoint = path(entry.files.checkpoint);
  const geometry = join(EMBEDDED_FOLDER, 'geometry.json');
  const files = { checkpoint, ...Object.fromEntries(parts), tokenizers: EMBEDDED_FOLDER, geometry };
  return { files, missing: [], without: [], checkpoint };
}

/** By name in any folder and any case of letters; an absolute name stands for itself. */
function findNamed(
  names: readonly string[],
  cards: readonly FileCard[],
  folders: ModelFolders,
): string | undefined {
  for (const name of names) {
    if (isAbsolute(name) && existsSync(name)) return name;
    const direct = modelRoots(folders)
      .map((root) => resolve(root, name))
      .find((path) => existsSync(path));
    if (direct !== undefined) return direct;
    const card = cards.find(({ path }) => sameName(path, name));
    if (card) return card.path;
  }
  return undefined;
}

function chooseCheckpoint(
  entry: ModelEntry,
  cards: readonly FileCard[],
  folders: ModelFolders,
  claimed: ReadonlySet<string>,
): string | undefined {
  // The operator's own entry names its file; the built-in ones know theirs, and take others of the same kind.
  if (entry.named !== undefined) return findNamed(entry.files.checkpoint, cards, folders);
  const candidates = cards.filter((card) => card.kind === 'checkpoint' && isSd35(card));
  const byName = entry.files.checkpoint
    .map((name) => candidates.find(({ path }) => basename(path).toLowerCase() === name.toLowerCase()))
    .find((card) => card !== undefined);
  if (byName) return byName.path;
  const official = candidates.filter(({ path }) => officialName(path) === entry.name);
  if (official.length > 0) return official.toSorted(byQuality)[0]!.path;
  const alike = candidates.filter(
    (card) => !claimed.has(card.path) && isAlike(card, entry.name as OfficialName),
  );
  return alike.length === 1 ? alike[0]!.path : undefined;
}

/** By what the header tells: whether a checkpoint of any name could serve as this model. */
function isAlike({ path, parts }: FileCard, name: OfficialName): boolean {
  const model = parts.find(({ role }) => role === 'mmdit')!;
  const isFast = /turbo/i.test(path);
  if (officialName(path) !== undefined) return false;
  if (name === 'medium') return model.dual === true && !isFast;
  return model.dual !== true && isFast === (name === 'turbo');
}

/** SD3's first Medium runs as well, but is none of the three. */
function isSd35({ parts }: FileCard): boolean {
  const model = parts.find(({ role }) => role === 'mmdit');
  return model?.rmsNorms === true;
}

const QUALITY = [
  'BF16',
  'F16',
  'F32',
  'F8_E4M3 scaled',
  'F8_E5M2 scaled',
  'F8_E4M3',
  'F8_E5M2',
  'I8 scaled',
  'Q8_0',
  'Q6_K',
  'Q5_K',
  'Q5_1',
  'Q5_0',
  'Q4_K',
  'Q4_1',
  'Q4_0',
  'NF4',
];

/** Better types first; of equal ones the shorter path, then the alphabet, so that the choice never changes by itself. */
export function byQuality(a: FileCard, b: FileCard): number {
  const rank = ({ type }: FileCard) => (QUALITY.indexOf(type) + QUALITY.length + 1) % (QUALITY.length + 1);
  return rank(a) - rank(b) || a.path.length - b.path.length || (a.path < b.path ? -1 : 1);
}

type Fits = (part: FoundPart) => boolean;

/** Files of a part that fit, the usual names first, whole checkpoints last. */
function candidatesFor(cards: readonly FileCard[], part: PartBeside, fits: Fits): FileCard[] {
  const usual = USUAL_FILES[part];
  const place = ({ path }: FileCard) => {
    const at = usual.findIndex((name) => name.toLowerCase() === basename(path).toLowerCase());
    return at < 0 ? usual.length : at;
  };
  return cards
    .filter((card) => card.parts.some((one) => one.wrong === undefined && fits(one)) && !isOtherModels(card))
    .toSorted(
      (a, b) =>
        Number(a.kind === 'checkpoint') - Number(b.kind === 'checkpoint') ||
        place(a) - place(b) ||
        byQuality(a, b),
    );
}

/** FLUX's VAE and its preview decoder have the same shapes as ours and give other colours: only their names tell. */
function isOtherModels({ path, kind }: FileCard): boolean {
  const isVae = kind === 'vae' || kind === 'preview';
  return (
    isVae &&
    (/flux|taef1|lumina|z.?image|qwen/i.test(path) || /^ae\.(safetensors|sft)$/i.test(basename(path)))
  );
}

function agrees(found: number | undefined, wanted: number | undefined): boolean {
  return found === undefined || wanted === undefined || found === wanted;
}

function bestVae(cards: readonly FileCard[], model: FoundPart | undefined): string | undefined {
  const fits: Fits = ({ role, latentChannels }) =>
    role === 'vae' && agrees(latentChannels, model?.latentChannels);
  return candidatesFor(cards, 'vae', fits)[0]?.path;
}

function bestT5(cards: readonly FileCard[], model: FoundPart | undefined): string | undefined {
  const fits: Fits = ({ role, width }) => role === 't5xxl' && agrees(width, model?.contextWidth);
  return candidatesFor(cards, 't5', fits).find(({ kind }) => kind !== 'checkpoint')?.path;
}

function bestPreview(cards: readonly FileCard[], model: FoundPart | undefined): string | undefined {
  const fits: Fits = ({ role, latentChannels }) =>
    role === 'taesd' && latentChannels !== undefined && agrees(latentChannels, model?.latentChannels);
  return candidatesFor(cards, 'taesd', fits)[0]?.path;
}

/** Two encoders whose widths together are what the model takes; which is which their widths and names tell. */
function bestClips(
  cards: readonly FileCard[],
  model: FoundPart | undefined,
  named: NonNullable<ModelEntry['named']>,
): { l?: string; g?: string } {
  const isClip: Fits = ({ role }) => role === 'clip' || role === 'clip_l' || role === 'clip_g';
  const width = (card: FileCard) => card.parts.find(isClip)?.width ?? 0;
  const pooled = model?.pooledWidth;
  const alone = (card: FileCard) => card.parts.length === 1;
  const ls = candidatesFor(cards, 'clipL', (part) => isClip(part) && part.role !== 'clip_g').filter(alone);
  const gs = candidatesFor(
    cards,
    'clipG',
    (part) => isClip(part) && part.role !== 'clip_l' && part.projected === true,
  ).filter(alone);
  for (const g of gs)
    for (const l of ls)
      if (l !== g && width(l) < width(g) && (pooled === undefined || width(l) + width(g) === pooled))
        return { l: l.path, g: g.path };
  // One of them alone, where the other is named or left out.
  const fitsAlone = (card: FileCard, wanted: (share: number) => boolean) =>
    pooled === undefined ? card : wanted(width(card) / pooled) ? card : undefined;
  const l = ls.find((card) => fitsAlone(card, (share) => share > 0 && share < 0.5));
  const g = gs.find((card) => fitsAlone(card, (share) => share >= 0.5 && share < 1));
  return {
    ...(l && named.clipL === undefined ? { l: l.path } : {}),
    ...(g && named.clipG === undefined && g !== l ? { g: g.path } : {}),
  };
}
