/**
 * Quantised files seen as plain ones: each weight with its scale or its recipe for unpacking, under its plain name.
 *
 * - Scaled float8 and int8: beside `X.weight` lies `X.scale_weight` (ComfyUI, 2024) or `X.weight_scale` (2025), since late
 *   2025 also `X.comfy_quant`, a JSON text that names the format. One number, one a row, or one a block.
 *   `scaled_fp8` only marks the file, and `scale_input` belongs to float8 arithmetic, which we do not do.
 * - bitsandbytes: 4-bit codes (`quant_state.bitsandbytes__nf4`), 8-bit rows (`SCB`).
 * - optimum-quanto: `X.weight._data` and `X.weight._scale`.
 */
import { Fault } from '../../config/faults.ts';
import { elements } from '../float-tensor.ts';
import { FLOAT_DTYPES } from './dtypes.ts';
import { readSlab, readTensor } from './read-tensor.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

const FOUR_BITS = /\.quant_state\.bitsandbytes__(nf4|fp4)$/;
const QUANTO = /^(.*\.weight)\._data$/s;
const SCALE_NAME = /^(.*)\.(?:scale_weight|weight_scale)$/s;
const MARKS = /\.(scale_weight|weight_scale|SCB|comfy_quant)$|\._data$|\.bitsandbytes__(nf4|fp4)$/;

/**
 * The same tensors with every quantised weight under its plain name.
 * @throws Fault weights.not_a_model for a scheme that is not read, weights.scale unless a scale is a finite number above 0
 */
export function withoutQuantisation(tensors: StoredTensors, given: string): StoredTensors {
  const marked = [...tensors.values()].filter(({ name }) => MARKS.test(name));
  if (marked.length === 0) return tensors;
  const plain = new Map(tensors);
  for (const tensor of marked) {
    const weight = plainWeight(tensor, { tensors, given });
    if (weight) plain.set(weight.name, weight);
  }
  return plain;
}

/** Names of quantised weights as they will be called, so that a header alone tells what a file holds. */
export function plainNames(tensors: StoredTensors): StoredTensors {
  const quanto = [...tensors.values()].filter(({ name }) => name.endsWith('._data'));
  if (quanto.length === 0) return tensors;
  const plain = new Map(tensors);
  for (const tensor of quanto) {
    const name = tensor.name.slice(0, -'._data'.length);
    plain.set(name, { ...tensor, name });
  }
  return plain;
}

interface Source {
  readonly tensors: StoredTensors;
  readonly given: string;
}

/** @param mark a tensor that tells how its weight is quantised */
function plainWeight(mark: StoredTensor, source: Source): StoredTensor | undefined {
  const { name } = mark;
  const quanto = QUANTO.exec(name)?.[1];
  if (quanto !== undefined) return quantoWeight(mark, quanto, source);
  if (FOUR_BITS.test(name)) return fourBitWeight(mark, source);
  if (name.endsWith('.SCB')) return eightBitWeight(mark, source);
  if (name.endsWith('.comfy_quant')) {
    const format = readFormat(mark);
    const refusal = format?.format === undefined ? undefined : REFUSED_FORMATS[format.format];
    if (refusal) throw refuse(source.given, refusal);
    return undefined;
  }
  const target = SCALE_NAME.exec(name)?.[1];
  return target === undefined ? undefined : scaledWeight(mark, target, source);
}

/** ComfyUI's own formats that need arithmetic of one card only, or are not documented well enough to be sure. */
const REFUSED_FORMATS: Readonly<Record<string, string>> = {
  nvfp4: 'an NVFP4 file, which needs a Blackwell card and another program',
  mxfp4: 'an MXFP4 file, which needs a Blackwell card and another program',
  mxfp8: 'an MXFP8 file, which needs a Blackwell card and another program',
  hybrid_mxfp8: 'an MXFP8 file, which needs a Blackwell card and another program',
  convrot_w4a4: 'a 4-bit ConvRot file, which needs another program',
};

function refuse(given: string, what: string): Fault {
  const advice = 'take the fp16, bf16, fp8 or GGUF file of the same model';
  return new Fault('weights.not_a_model', { file: given, what, advice });
}

interface QuantFormat {
  readonly format?: string;
  readonly group_size?: number;
  readonly convrot?: boolean;
  readonly convrot_groupsize?: number;
}

function readFormat(tensor: StoredTensor | undefined): QuantFormat | undefined {
  if (tensor?.dtype !== 'U8' || elements(tensor.shape) > 65_536) return undefined;
  return readJson<QuantFormat>(tensor);
}

function readJson<T extends object>(tensor: StoredTensor): T | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(readSlab(tensor.slabs[0]!)).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

function scaledWeight(
  scale: StoredTensor,
  target: string,
  { tensors, given }: Source,
): StoredTensor | undefined {
  const stored = tensors.get(`${target}.weight`);
  if (!stored) return undefined;
  const format = readFormat(tensors.get(`${target}.comfy_quant`));
  if (tensors.has(`${target}.weight_scale_2`)) throw refuse(given, REFUSED_FORMATS.nvfp4!);
  if (scale.dtype === 'F8_E8M0') throw refuse(given, REFUSED_FORMATS.mxfp8!);
  const weight = asFloat8(stored, format?.format);
  if (!FLOAT_DTYPES.has(scale.dtype)) throw wrongScale(scale, given);
  const count = elements(scale.shape);
  if (count === 1 && weight.dtype !== 'I8') {
    const value = readTensor(scale).data[0]!;
    if (!Number.isFinite(value) || value <= 0) throw wrongScale(scale, given, String(value));
    return value === 1 ? weight : { ...weight, scale: value };
  }
  if (weight.dtype !== 'I8' && !FLOAT_DTYPES.has(weight.dtype)) return undefined;
  const grid = gridOf(weight.shape, scale.shape, format?.group_size);
  if (!grid) throw wrongScale(scale, given);
  const turned = format?.convrot ? { turned: format.convrot_groupsize ?? 256 } : {};
  if (turned.turned !== undefined && !fitsTurning(turned.turned, weight.shape[1] ?? 0))
    throw refuse(given, 'an int8 file turned (ConvRot) in groups of an unknown size');
  return {
    name: weight.name,
    dtype: 'F16',
    shape: weight.shape,
    slabs: [],
    packed: { how: 'scaled', of: weight, scales: scale, ...grid, ...turned },
  };
}

/** A power of 4 that divides a row. */
function fitsTurning(size: number, width: number): boolean {
  return Number.isInteger(Math.log(size) / Math.log(4)) && size > 1 && width % size === 0;
}

/** Some programs store float8 as plain bytes and say so. */
function asFloat8(weight: StoredTensor, format: string | undefined): StoredTensor {
  if (weight.dtype !== 'U8') return weight;
  if (format?.startsWith('float8_e4m3fn')) return { ...weight, dtype: 'F8_E4M3' };
  return format?.startsWith('float8_e5m2') ? { ...weight, dtype: 'F8_E5M2' } : weight;
}

/** How many rows and columns one scale covers, or nothing where the shapes tell no such grid. */
function gridOf(
  shape: readonly number[],
  scales: readonly number[],
  groupSize: number | undefined,
): { rows: number; columns: number } | undefined {
  const [out = 1, ...rest] = shape;
  const width = elements(rest);
  const count = elements(scales);
  if (count === 1) return { rows: out, columns: width };
  if (count === out && (scales.length === 1 || scales[0] === out)) return { rows: 1, columns: width };
  const [down, across] = scales;
  if (scales.length !== 2 || shape.length !== 2) return undefined;
  const fits = (size: number) => Math.ceil(out / size) === down && Math.ceil(width / size) === across;
  const size = [groupSize, 128, 64, 32, 256].find((one) => one !== undefined && one >= 1 && fits(one));
  if (size !== undefined) return { rows: size, columns: size };
  return down === out && width % across! === 0 ? { rows: 1, columns: width / across! } : undefined;
}

function wrongScale(scale: StoredTensor, given: string, value?: string): Fault {
  return new Fault('weights.scale', {
    file: given,
    tensor: scale.name,
    value: value ?? `${scale.dtype} of shape [${scale.shape}]`,
  });
}

interface QuantState {
  readonly blocksize?: number;
  readonly shape?: readonly number[];
  readonly nested_blocksize?: number;
  readonly nested_offset?: number;
}

/** bitsandbytes' `QuantState.as_dict(packed=True)`. */
function fourBitWeight(mark: StoredTensor, { tensors, given }: Source): StoredTensor {
  const kind = FOUR_BITS.exec(mark.name)![1]!.toUpperCase();
  const name = mark.name.replace(FOUR_BITS, '');
  const refuseIt = (why: string) => refuse(given, `a bitsandbytes ${kind} file ${why}`);
  const state = readJson<QuantState>(mark);
  const codes = tensors.get(name);
  const table = tensors.get(`${name}.quant_map`);
  const absmax = tensors.get(`${name}.absmax`);
  const { shape, blocksize: block } = state ?? {};
  if (!codes || !table || !absmax || !Array.isArray(shape) || !isCount(block))
    throw refuseIt(`whose description of ${JSON.stringify(name)} cannot be read`);
  const count = elements(shape);
  const nestedTable = tensors.get(`${name}.nested_quant_map`);
  const nestedAbsmax = tensors.get(`${name}.nested_absmax`);
  const isNested = nestedTable !== undefined && nestedAbsmax !== undefined;
  const blocks = Math.ceil(count / block);
  const sound =
    shape.every(isCount) &&
    codes.dtype === 'U8' &&
    elements(codes.shape) === Math.ceil(count / 2) &&
    elements(table.shape) === 16 &&
    elements(absmax.shape) === blocks &&
    (isNested
      ? absmax.dtype === 'U8' &&
        elements(nestedTable.shape) === 256 &&
        isCount(state?.nested_blocksize) &&
        elements(nestedAbsmax.shape) === Math.ceil(blocks / state.nested_blocksize)
      : FLOAT_DTYPES.has(absmax.dtype));
  if (!sound) throw refuseIt(`whose tensor ${JSON.stringify(name)} does not fit its description`);
  const nested = isNested
    ? {
        nested: {
          table: nestedTable,
          absmax: nestedAbsmax,
          block: state!.nested_blocksize!,
          offset: Number(state!.nested_offset ?? 0),
        },
      }
    : {};
  return {
    name,
    dtype: 'F16',
    shape,
    slabs: [],
    packed: { how: 'codes', codes, table, absmax, block, ...nested },
  };
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! > 0;
}

/** bitsandbytes' LLM.int8: a row's largest value stands for 127. */
function eightBitWeight(mark: StoredTensor, { tensors, given }: Source): StoredTensor | undefined {
  const name = mark.name.replace(/SCB$/, 'weight');
  const weight = tensors.get(name);
  if (weight?.dtype !== 'I8') return undefined;
  const grid = gridOf(weight.shape, mark.shape, undefined);
  if (!grid || !FLOAT_DTYPES.has(mark.dtype)) throw wrongScale(mark, given);
  const scales = { ...mark, scale: 1 / 127 };
  return { ...weight, dtype: 'F16', slabs: [], packed: { how: 'scaled', of: weight, scales, ...grid } };
}

function quantoWeight(data: StoredTensor, name: string, { tensors, given }: Source): StoredTensor {
  const scales = tensors.get(`${name}._scale`);
  const readable = data.dtype === 'I8' || FLOAT_DTYPES.has(data.dtype);
  const grid = scales && readable ? gridOf(data.shape, scales.shape, undefined) : undefined;
  if (!scales || !grid || !FLOAT_DTYPES.has(scales.dtype))
    throw refuse(given, 'a file of optimum-quanto in a scheme that is not read (int8 and float8 are)');
  return {
    name,
    dtype: 'F16',
    shape: data.shape,
    slabs: [],
    packed: { how: 'scaled', of: data, scales, ...grid },
  };
}
