/** The forms in which a file says how a weight changes: LoRA, LoHa, LoKr, GLoRA, OFT, whole differences, replacements. */
import { elements } from '../../float-tensor.ts';
import { FLOAT_DTYPES } from '../dtypes.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import type { Factor, Patch } from './patch.ts';
import type { Region } from './read-lora.ts';

/** A tensor of the file by what follows the layer's name; it counts as used. */
export type Take = (ending: string) => StoredTensor | undefined;

type Read = Pick<Patch, 'change' | 'scale'> | 'unfit' | undefined;

/**
 * The change of one layer's weight, `undefined` where the file has none of a known form, `'unfit'` where it does not
 * fit. Source: the `load` and `calculate_weight` of ComfyUI's `comfy/weight_adapter/` and of its `comfy/lora.py`.
 */
export function readChange(take: Take, alpha: number | undefined, region: Region): Read {
  for (const form of FORMS) {
    const read = form(take, alpha, region);
    if (read) return read;
  }
  return undefined;
}

type Form = (take: Take, alpha: number | undefined, region: Region) => Read;

/** What stands for the two matrices: out x rank, rank x in. */
const LOW_RANK_ENDINGS = [
  ['.lora_up.weight', '.lora_down.weight'],
  ['_lora.up.weight', '_lora.down.weight'],
  ['.lora_B.weight', '.lora_A.weight'],
  ['.lora.up.weight', '.lora.down.weight'],
  ['.lora_B', '.lora_A'],
  ['.lora_linear_layer.up.weight', '.lora_linear_layer.down.weight'],
  ['.lora_B.default.weight', '.lora_A.default.weight'],
] as const;

const lowRank: Form = (take, alpha, region) => {
  for (const [upEnding, downEnding] of LOW_RANK_ENDINGS) {
    const up = take(upEnding);
    if (!up) continue;
    const down = take(downEnding);
    // A Tucker core only belongs to convolutions of other models.
    const core = take('.lora_mid.weight') ?? take('.reshape_weight');
    if (!down || core || !makesMatrix([up, down], region)) return 'unfit';
    return { change: { kind: 'low_rank', up, down }, scale: scaleOf(alpha, rowsOf(down)) };
  }
  return undefined;
};

const hadamard: Form = (take, alpha, region) => {
  const a = take('.hada_w1_a');
  if (!a) return undefined;
  const [b, c, d] = ['.hada_w1_b', '.hada_w2_a', '.hada_w2_b'].map(take);
  const core = take('.hada_t1') ?? take('.hada_t2');
  if (!b || !c || !d || core || !makesMatrix([a, b], region) || !makesMatrix([c, d], region)) return 'unfit';
  return { change: { kind: 'hadamard', first: [a, b], second: [c, d] }, scale: scaleOf(alpha, rowsOf(b)) };
};

const kronecker: Form = (take, alpha, region) => {
  const factor = (name: string): Factor | undefined => {
    const whole = take(`.${name}`);
    const [a, b] = [take(`.${name}_a`), take(`.${name}_b`)];
    if (whole) return [whole];
    return a && b && rowsOf(b) === columnsOf(a) ? [a, b] : undefined;
  };
  const [first, second] = [factor('lokr_w1'), factor('lokr_w2')];
  const core = take('.lokr_t2');
  if (!first && !second) return undefined;
  if (!first || !second || core || !allNumbers([...first, ...second])) return 'unfit';
  const sides = [first, second].map(([a, b]) => [rowsOf(a), columnsOf(b ?? a)] as const);
  const [[out1, in1], [out2, in2]] = sides as [readonly [number, number], readonly [number, number]];
  if (out1 * out2 !== region.rows || in1 * in2 !== region.columns) return 'unfit';
  // Of two products the second one's rank counts; alpha has no part where neither is one.
  const product = second.length === 2 ? second : first;
  const scale = product.length === 2 ? scaleOf(alpha, rowsOf(product[1])) : 1;
  return { change: { kind: 'kronecker', first, second }, scale };
};

const generalized: Form = (take, alpha, { shape, rows, columns }) => {
  const a1 = take('.a1.weight');
  if (!a1) return undefined;
  const [a2, b1, b2] = ['.a2.weight', '.b1.weight', '.b2.weight'].map(take);
  if (!a2 || !b1 || !b2 || !allNumbers([a1, a2, b1, b2]) || shape.length !== 2) return 'unfit';
  // Two generations of files differ in which matrix comes first.
  const alike = (...sides: number[]) => sides.every((side) => side === sides[0]);
  const isOld = alike(columnsOf(b2), rowsOf(b1), rowsOf(a1), columnsOf(a2));
  const isNew = alike(rowsOf(b2), columnsOf(b1), columnsOf(a1), rowsOf(a2));
  const old = isOld && !(isNew && !(rowsOf(a2) === rows && rows === columns));
  if (!old && !isNew) return 'unfit';
  const [added, turned] = old
    ? ([
        [b2, b1],
        [a2, a1],
      ] as const)
    : ([
        [b1, b2],
        [a1, a2],
      ] as const);
  const fits =
    rowsOf(added[0]) === rows &&
    columnsOf(added[1]) === columns &&
    columnsOf(added[0]) === rowsOf(added[1]) &&
    rowsOf(turned[0]) === columns &&
    columnsOf(turned[1]) === columns;
  if (!fits) return 'unfit';
  return { change: { kind: 'generalized', added, turned }, scale: scaleOf(alpha, rowsOf(turned[1])) };
};

const rotation: Form = (take, alpha, { rows }) => {
  const blocks = take('.oft_blocks');
  if (!blocks) return undefined;
  take('.rescale'); // ComfyUI reads it and does nothing with it.
  const [count = 0, size = 0, other = 0, ...rest] = blocks.shape;
  if (rest.length > 0 || size !== other || count * size !== rows || !allNumbers([blocks])) return 'unfit';
  return { change: { kind: 'rotation', blocks, limit: Math.max(alpha ?? 0, 0) }, scale: 1 };
};

const difference: Form = (take, _, { shape }) => {
  const whole = take('.diff') ?? take('.w_norm');
  if (!whole) return undefined;
  if (`${whole.shape}` !== `${shape}` || !allNumbers([whole])) return 'unfit';
  return { change: { kind: 'difference', difference: whole }, scale: 1 };
};

const replacement: Form = (take, _, { shape }) => {
  const weight = take('.set_weight');
  if (!weight) return undefined;
  if (`${weight.shape}` !== `${shape}` || !allNumbers([weight])) return 'unfit';
  return { change: { kind: 'replacement', weight }, scale: 1 };
};

/** In the order in which a later form takes the place of an earlier one in ComfyUI, turned round. */
const FORMS: readonly Form[] = [replacement, difference, rotation, generalized, kronecker, hadamard, lowRank];

function scaleOf(alpha: number | undefined, rank: number): number {
  return alpha === undefined ? 1 : alpha / rank;
}

/** Whether the product of two makes a matrix of the region's sides. */
function makesMatrix([a, b]: readonly [StoredTensor, StoredTensor], { rows, columns }: Region): boolean {
  return allNumbers([a, b]) && rowsOf(a) === rows && columnsOf(a) === rowsOf(b) && columnsOf(b) === columns;
}

function allNumbers(tensors: readonly StoredTensor[]): boolean {
  return tensors.every(({ dtype, shape }) => FLOAT_DTYPES.has(dtype) && shape.length > 0);
}

function rowsOf({ shape }: StoredTensor): number {
  return shape[0] ?? 1;
}

/** All sides but the first: convolutions count as matrices. */
function columnsOf({ shape }: StoredTensor): number {
  return elements(shape.slice(1));
}
