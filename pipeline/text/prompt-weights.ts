/**
 * ComfyUI's prompt weights: `(text:1.3)`, `(text)` for 1.1 times, nested, `\(` and `\)` for plain parentheses.
 * Reproduces `token_weights` of comfy/sd1_clip.py, oddities included, but in one pass: the original re-reads
 * the text at every level of nesting.
 */
import { pythonFloat } from './python-float.ts';

export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

/** What ComfyUI puts in place of `\)` and `\(` while it reads the parentheses. */
const ESCAPED_CLOSE = '\0\x01';
const ESCAPED_OPEN = '\0\x02';

/** A stretch of the prompt still to be read, and the weight it has from outside. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/**
 * Splits a prompt into runs of equal weight, in order. An explicit number replaces the weight from outside,
 * parentheses without one multiply it by 1.1. What is not well-formed is plain text, as in ComfyUI:
 * `(:1.2)` weighs ":1.2" 1.1 times, `(a:b)` weighs "a:b" 1.1 times, unbalanced parentheses stay as they are.
 */
export function parsePromptWeights(prompt: string): WeightedText[] {
  const text = prompt.replaceAll('\\)', ESCAPED_CLOSE).replaceAll('\\(', ESCAPED_OPEN);
  const { closing, colonBefore, parenthesisBefore } = survey(text);

  /** Where the text inside a group ends, and its weight: `(inside:number)` or `(inside)`. */
  const readGroup = (from: number, to: number, outside: number): Stretch => {
    const colon = colonBefore[to]!;
    // With a parenthesis after the colon it cannot be a number; not looking keeps nested groups linear.
    if (colon > from && parenthesisBefore[to]! < colon) {
      const weight = pythonFloat(text.slice(colon + 1, to));
      if (weight !== undefined) return { from, to: colon, weight };
    }
    return { from, to, weight: outside * 1.1 };
  };

  const runs: WeightedText[] = [];
  const add = (from: number, to: number, weight: number) => {
    if (to > from) runs.push({ text: plainParentheses(text.slice(from, to)), weight });
  };

  const unread: Stretch[] = [{ from: 0, to: text.length, weight: 1 }];
  for (let stretch = unread.pop(); stretch !== undefined; stretch = unread.pop()) {
    const { from, to, weight } = stretch;
    let open = from;
    while (open < to && closing[open]! === NOT_A_GROUP) open++;
    add(from, open, weight);
    if (open === to) continue;
    const close = closing[open]!;
    if (close < to) {
      unread.push({ from: close + 1, to, weight }, readGroup(open + 1, close, weight));
    } else if (to - open >= 2 && text[to - 1] === ')') {
      // Never closed, but its last character happens to be a ")": ComfyUI takes that for the closing one.
      unread.push(readGroup(open + 1, to - 1, weight));
    } else {
      add(open, to, weight);
    }
  }
  return runs;
}

const NOT_A_GROUP = -1;
const NEVER_CLOSED = 0x7fffffff;

/**
 * One look at the whole text. `closing[i]`: for a "(" that opens a group, where it closes, or NEVER_CLOSED.
 * `colonBefore[i]`, `parenthesisBefore[i]`: the last one before place i, or -1.
 */
function survey(text: string) {
  const closing = new Int32Array(text.length).fill(NOT_A_GROUP);
  const colonBefore = new Int32Array(text.length + 1).fill(-1);
  const parenthesisBefore = new Int32Array(text.length + 1).fill(-1);
  const open: number[] = [];
  // A ")" too many makes ComfyUI's nesting level negative; the next "(" only brings it back and opens nothing.
  let tooMany = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '(') {
      if (tooMany > 0) {
        tooMany -= 1;
      } else {
        open.push(i);
        closing[i] = NEVER_CLOSED;
      }
    } else if (character === ')') {
      const opened = open.pop();
      if (opened === undefined) tooMany += 1;
      else closing[opened] = i;
    }
    const isParenthesis = character === '(' || character === ')';
    parenthesisBefore[i + 1] = isParenthesis ? i : parenthesisBefore[i]!;
    colonBefore[i + 1] = character === ':' ? i : colonBefore[i]!;
  }
  return { closing, colonBefore, parenthesisBefore };
}

function plainParentheses(text: string): string {
  return text.replaceAll(ESCAPED_CLOSE, ')').replaceAll(ESCAPED_OPEN, '(');
}
