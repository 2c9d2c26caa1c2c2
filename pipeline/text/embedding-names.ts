/**
 * `embedding:name` in a prompt stands for a file of textual inversion, of which there are none here. ComfyUI leaves out the
 * name of one that it does not find, up to the next white space; what follows is tokenized apart from what stands before.
 * Source: `tokenize_with_weights` and `_try_get_embedding` of comfy/sd1_clip.py.
 */
import { parsePromptWeights, type WeightedText } from './prompt-weights.ts';

const EMBEDDING = 'embedding:';

/** Whether anything in a prompt is read as an embedding's name, and so is not drawn. */
export function namesEmbedding(prompt: string): boolean {
  return (
    prompt.includes(EMBEDDING) && parsePromptWeights(prompt).some(({ text }) => partsOf(text).some(isName))
  );
}

export function withoutEmbeddings({ text, weight }: WeightedText): WeightedText[] {
  return partsOf(text)
    .map((part) => (isName(part) ? behindName(part.slice(EMBEDDING.length)) : part))
    .filter((part) => part !== '')
    .map((part) => ({ text: part, weight }));
}

/** A text broken before each name: small letters, at the beginning or behind white space. */
function partsOf(text: string): string[] {
  return text.split(/(?<=\s)(?=embedding:)/);
}

function isName(part: string): boolean {
  return part.startsWith(EMBEDDING);
}

/** What is left of a text that begins with an embedding's name: the rest of the words, and what no name has in it. */
function behindName(text: string): string {
  const [name = '', ...others] = text.split(/\s+/).filter((word) => word !== '');
  const rest = others.join(' ');
  const end = name.search(/[<[]/);
  const [bare, behind] =
    end === -1 ? [name, rest] : [name.slice(0, end), `${name.slice(end)} ${rest}`.trimEnd()];
  const without = withoutCommas(bare);
  return without === bare ? behind : `${bare.slice(without.length)} ${behind}`;
}

function withoutCommas(name: string): string {
  let [from, to] = [0, name.length];
  while (from < to && name[from] === ',') from++;
  while (to > from && name[to - 1] === ',') to--;
  return name.slice(from, to);
}
