/** What a PNG file tells of how it was made: settings as words, a workflow, and whether it is one of ours. */
import { PROGRAM } from '../../config/program.ts';
import { isPng, readTextChunks } from './png.ts';
import { type Infotext, readInfotext } from './read-infotext.ts';

export interface PictureStory {
  /** It was made by this program, in whatever version. */
  readonly ours: boolean;
  readonly infotext?: Infotext;
  /** It carries a workflow, which nobody has looked at yet. */
  readonly hasWorkflow: boolean;
}

/** @returns undefined for what is no PNG, and for one that tells nothing. @throws Fault `image.broken` */
export function readStory(bytes: Uint8Array): PictureStory | undefined {
  if (!isPng(bytes)) return undefined;
  const texts = readTextChunks(bytes);
  const find = (keyword: string) => texts.find((text) => text.keyword === keyword)?.text;
  const infotext = readInfotext(find('parameters') ?? '');
  const hasWorkflow = find('prompt') !== undefined || find('workflow') !== undefined;
  if (infotext === undefined && !hasWorkflow) return undefined;
  const ours = find('Software')?.startsWith(`${PROGRAM.name} `) === true;
  return { ours, ...(infotext && { infotext }), hasWorkflow };
}
