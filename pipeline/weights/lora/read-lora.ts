/**
 * Reads a LoRA file, or one of its relatives, as patches of a model's weights. Only its header and single numbers are
 * read; the matrices stay where they are, and graphs map them from there.
 */
import { elements } from '../../float-tensor.ts';
import { FLOAT_DTYPES, NUMBER_DTYPES } from '../dtypes.ts';
import { readTensor } from '../read-tensor.ts';
import { openSafetensors, type SafetensorsFile } from '../safetensors.ts';
import type { StoredTensor, StoredTensors } from '../stored-tensor.ts';
import { readChange } from './changes.ts';
import { loraNames, type PatchedName, type PatchedNetworks, type Target } from './names.ts';
import type { Patch } from './patch.ts';
import type { Region } from './region.ts';

export interface LoraFile {
  readonly file: SafetensorsFile;
  /** Without their place among other files. */
  readonly patches: readonly (Omit<Patch, 'lora'> & Pick<Target, 'network' | 'tensor'>)[];
  /** Tensors of the file that mean nothing for this model. */
  readonly unknown: readonly string[];
  /** Layers whose change does not fit the model's weight: left alone, as ComfyUI does. */
  readonly unfit: readonly string[];
}

/**
 * @param networks whose weights are to be patched
 * @throws Fault weights.* where it is no safetensors file
 */
export function readLora(path: string, networks: PatchedNetworks): LoraFile {
  const file = openSafetensors(path);
  const tensors = file.tensors;
  const used = new Set<string>();
  const unfit: string[] = [];
  const patches = new Map<string, LoraFile['patches'][number]>();
  const names = loraNames(networks);
  for (const [name, target] of namesIn(tensors, names)) {
    const take = (ending: string): StoredTensor | undefined => {
      const stored = tensors.get(name + ending);
      if (stored) used.add(stored.name);
      return stored;
    };
    const region = regionOf(target, networks);
    const alpha = numberIn(take('.alpha'));
    const magnitude = take('.dora_scale');
    const weight = readChange(take, alpha, region);
    // ComfyUI looks at `b_norm` only beside `w_norm`.
    const bias = take('.diff_b') ?? (take('.w_norm') && take('.b_norm'));
    const place = (one: Target) => `${one.network} ${one.tensor} ${one.rows?.from ?? ''}`;
    if (weight === 'unfit' || (magnitude && !isMagnitude(magnitude, region))) {
      unfit.push(name);
    } else if (weight) {
      patches.set(place(target), { ...target, ...weight, ...(magnitude && { magnitude }) });
    }
    if (bias) {
      const tensor = target.tensor.replace(/\.weight$/, '.bias');
      const own = networks[target.network]?.tensors.get(tensor);
      if (!own || `${own.shape}` !== `${bias.shape}` || !FLOAT_DTYPES.has(bias.dtype))
        unfit.push(`${name}.bias`);
      else {
        const change = { kind: 'difference', difference: bias } as const;
        patches.set(place({ ...target, tensor }), { network: target.network, tensor, change, scale: 1 });
      }
    }
  }
  const unknown = [...tensors.keys()].filter((name) => !used.has(name));
  return { file, patches: [...patches.values()], unknown, unfit };
}

/** The names that the file has something for, in the order of the model's layers. */
function namesIn(tensors: StoredTensors, names: Map<string, Target>): [string, Target][] {
  const present = new Set<string>();
  for (const tensor of tensors.keys()) {
    for (let dot = tensor.indexOf('.'); dot !== -1; dot = tensor.indexOf('.', dot + 1))
      present.add(tensor.slice(0, dot));
    const old = tensor.indexOf('_lora.');
    if (old !== -1) present.add(tensor.slice(0, old));
  }
  return [...names].filter(([name]) => present.has(name));
}

function regionOf({ network, tensor, rows }: Target, networks: PatchedNetworks): Region {
  const { shape } = networks[network]!.tensors.get(tensor)!;
  const count = rows ? rows.to - rows.from : (shape[0] ?? 1);
  return { shape: [count, ...shape.slice(1)], rows: count, columns: elements(shape.slice(1)) };
}

function isMagnitude(magnitude: StoredTensor, { rows, columns, shape }: Region): boolean {
  if (!FLOAT_DTYPES.has(magnitude.dtype)) return false;
  const [first = 1, ...rest] = magnitude.shape;
  if (first === rows && elements(rest) === 1) return true;
  // A convolution's columns are not its channels.
  return shape.length === 2 && first === 1 && elements(rest) === columns;
}

function numberIn(stored: StoredTensor | undefined): number | undefined {
  if (!stored || elements(stored.shape) !== 1 || !NUMBER_DTYPES.has(stored.dtype)) return undefined;
  const [value] = readTensor(stored).data;
  return Number.isFinite(value) ? value : undefined;
}

/** The patches of several files for each network, in the order of the files. */
export function patchesByNetwork(
  files: readonly Pick<LoraFile, 'patches'>[],
): Map<PatchedName, [string, Patch[]][]> {
  const result = new Map<PatchedName, Map<string, Patch[]>>();
  files.forEach(({ patches }, lora) => {
    for (const { network, tensor, ...patch } of patches) {
      const own = result.get(network) ?? new Map<string, Patch[]>();
      result.set(network, own);
      const before = own.get(tensor) ?? [];
      own.set(tensor, [...before, { ...patch, lora }]);
    }
  });
  return new Map([...result].map(([network, byTensor]) => [network, [...byTensor]]));
}
