/**
 * How large a workflow's pictures, latents and conditionings will become, told from its values before anything runs: twenty
 * doublings in a row are refused at once, not when the memory is full.
 */
import type { CheckedGraph, CheckedInput, CheckedNode } from './checked-graph.ts';
import { MOST_STEPS_IN_ALL, requireSize, tooMuch } from './limits.ts';

/** Pixels, and how many pictures. */
interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly pictures: number;
}

/** Entries of a list, and how many texts stand behind each other in the longest. */
interface TextSize {
  readonly entries: number;
  readonly texts: number;
}

/** Nothing is known of a picture that is read from a file; the file itself is checked when it is read. */
type Measured = { readonly picture?: PictureSize; readonly text?: TextSize };

const MOST_ENTRIES = 64;
const MOST_TEXTS = 16;

/** @throws Fault `workflow.limit` */
export function checkSizes(graph: CheckedGraph): void {
  const known = new Map<string, Measured>();
  const measure = (id: string): Measured => {
    const found = known.get(id);
    if (found) return found;
    const node = graph.get(id)!;
    const of = (input: string): Measured => {
      const given = node.inputs.get(input);
      return given && 'link' in given ? measure(given.link.node) : {};
    };
    const measured = measureNode(node, of);
    known.set(id, measured);
    const { picture, text } = measured;
    if (picture) requireSize(picture.width, picture.height, picture.pictures);
    if (text && text.entries > MOST_ENTRIES)
      throw tooMuch('entries in a conditioning', text.entries, MOST_ENTRIES);
    if (text && text.texts > MOST_TEXTS) throw tooMuch('texts behind each other', text.texts, MOST_TEXTS);
    return measured;
  };
  let steps = 0;
  for (const [id, { inputs }] of graph) {
    measure(id);
    steps += numberOf(inputs.get('steps')) ?? 0;
  }
  if (steps > MOST_STEPS_IN_ALL) throw tooMuch('steps in all', steps, MOST_STEPS_IN_ALL);
}

function measureNode({ kind, inputs }: CheckedNode, of: (input: string) => Measured): Measured {
  const number = (name: string, otherwise = 0) => numberOf(inputs.get(name)) ?? otherwise;
  switch (kind.name) {
    case 'EmptySD3LatentImage':
    case 'EmptyLatentImage':
    case 'EmptyImage':
      return {
        picture: { width: number('width'), height: number('height'), pictures: number('batch_size', 1) },
      };
    case 'SolidMask':
      return { picture: { width: number('width'), height: number('height'), pictures: 1 } };
    case 'ImageScale':
    case 'LatentUpscale':
      return { picture: resized(firstOf(inputs, of).picture, number('width'), number('height')) };
    case 'ImageScaleBy':
    case 'LatentUpscaleBy':
      return scaled(firstOf(inputs, of), number('scale_by', 1));
    case 'RepeatLatentBatch':
      return timesPictures(firstOf(inputs, of), number('amount', 1));
    case 'LatentBatch':
      return added(of('samples1'), of('samples2'));
    case 'CLIPTextEncode':
    case 'CLIPTextEncodeSD3':
      return { text: { entries: 1, texts: 1 } };
    case 'ConditioningCombine':
      return joined(of('conditioning_1').text, of('conditioning_2').text, (a, b) => ({
        entries: a.entries + b.entries,
        texts: Math.max(a.texts, b.texts),
      }));
    case 'ConditioningConcat':
      return joined(of('conditioning_to').text, of('conditioning_from').text, (a, b) => ({
        entries: a.entries,
        texts: a.texts + b.texts,
      }));
    default:
      return firstOf(inputs, of);
  }
}

/** What most nodes hand on: the size of the first thing that has one. */
function firstOf(inputs: CheckedNode['inputs'], of: (input: string) => Measured): Measured {
  let first: Measured = {};
  for (const [name, input] of inputs) {
    if ('link' in input) first = { ...of(name), ...first };
  }
  return first;
}

/** A side of 0 follows the other one. */
function resized(old: PictureSize | undefined, width: number, height: number): PictureSize {
  const { width: oldWidth, height: oldHeight, pictures } = old ?? { width: 1, height: 1, pictures: 1 };
  if (width === 0 && height === 0) return { width: oldWidth, height: oldHeight, pictures };
  return {
    width: width || (oldWidth * height) / oldHeight,
    height: height || (oldHeight * width) / oldWidth,
    pictures,
  };
}

function scaled({ picture, ...rest }: Measured, by: number): Measured {
  if (!picture) return rest;
  return { ...rest, picture: { ...picture, width: picture.width * by, height: picture.height * by } };
}

function timesPictures({ picture, ...rest }: Measured, amount: number): Measured {
  return picture ? { ...rest, picture: { ...picture, pictures: picture.pictures * amount } } : rest;
}

function added(first: Measured, second: Measured): Measured {
  if (!first.picture) return {};
  return {
    picture: { ...first.picture, pictures: first.picture.pictures + (second.picture?.pictures ?? 1) },
  };
}

function joined(
  first: TextSize | undefined,
  second: TextSize | undefined,
  join: (a: TextSize, b: TextSize) => TextSize,
): Measured {
  return first && second ? { text: join(first, second) } : {};
}

function numberOf(input: CheckedInput | undefined): number | undefined {
  return input && 'value' in input && typeof input.value === 'number' ? input.value : undefined;
}
