/**
 * One Brownian path over an interval, drawn where it is looked at: torchsde's `BrownianTree`, whose numbers
 * ComfyUI's SDE samplers take for noise. The interval is halved again and again; what the halves get of their
 * parent's increment is drawn from a seed of their own, so that every part of the path can be found anew.
 */
import { combine } from './combine.ts';
import { seedSequence } from './seed-sequence.ts';
import { randn } from './torch-random.ts';

/** torchsde's: how many words its seeds are stirred in. */
const POOL_SIZE = 24;
/** Points nearer than a millionth are one point. */
const DECIMALS = 6;

/** Python's `round(value, 6)`; 0 <= value <= 1e6. */
export function roundPoint(value: number): number {
  const rounded = Number(value.toFixed(DECIMALS));
  // Exact halves are odd multiples of 1/128; they go to the even neighbour, where toFixed takes the upper.
  if ((value * 128) % 2 !== 1) return rounded;
  const below = Math.floor(value * 10 ** DECIMALS);
  return (below % 2 === 0 ? below : below + 1) / 10 ** DECIMALS;
}

interface Node {
  readonly start: number;
  readonly end: number;
  /** What the path gains from start to end. */
  readonly gain: Float32Array;
  readonly key: number;
  readonly depth: number;
  halves?: readonly [Node, Node];
}

export class BrownianTree {
  readonly #seed: number | bigint;
  readonly #top: Node;

  /**
   * @param seed whole number from 0; a bigint above 2^53
   * @param count values of the path: elements of the latent batch
   * @param start
   * @param end of the interval, start < end
   */
  constructor(seed: number | bigint, count: number, start: number, end: number) {
    const [topSeed] = seedSequence(seed, [], POOL_SIZE, 3);
    this.#seed = seed;
    this.#top = {
      start: roundPoint(start),
      end: roundPoint(end),
      gain: combine([Math.sqrt(end - start), randn(topSeed!, count)]),
      key: 0,
      depth: 0,
    };
  }

  /**
   * What the path gains from `from` to `to`, from <= to; points outside of the interval count as its ends. What lies
   * above `to` is let go: samplers walk down.
   */
  gain(from: number, to: number): Float32Array {
    const clamp = (point: number) => roundPoint(Math.min(Math.max(point, this.#top.start), this.#top.end));
    const parts: Float32Array[] = [];
    this.#collect(this.#top, clamp(from), clamp(to), parts);
    const [first, ...others] = parts;
    if (!first) return new Float32Array(this.#top.gain.length);
    return others.reduce((sum, part) => combine([1, sum], [1, part]), first);
  }

  #collect(node: Node, from: number, to: number, parts: Float32Array[]): void {
    if (from >= to) return;
    if (node.start === from && node.end === to) {
      parts.push(node.gain);
      return;
    }
    node.halves ??= this.#halve(node);
    const [left, right] = node.halves;
    const middle = left.end;
    this.#collect(left, from, Math.min(to, middle), parts);
    this.#collect(right, Math.max(from, middle), to, parts);
    if (to <= middle) delete right.halves;
  }

  #halve(node: Node): readonly [Node, Node] {
    const { start, end, gain, key, depth } = node;
    const [seed] = seedSequence(this.#seed, [key, depth], POOL_SIZE, 4);
    const middle = roundPoint(0.5 * (start + end));
    const span = end - start;
    const own = Math.sqrt(((middle - start) * (end - middle)) / span);
    const left = combine([(middle - start) / span, gain], [own, randn(seed!, gain.length)]);
    const right = combine([1, gain], [-1, left]);
    return [
      { start, end: middle, gain: left, key: 2 * key, depth: depth + 1 },
      { start: middle, end, gain: right, key: 2 * key + 1, depth: depth + 1 },
    ];
  }
}
