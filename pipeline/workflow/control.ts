/** What ControlNets add to the transformer while a latent is sampled. */
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import { LATENT_SCALE, LATENT_SHIFT } from '../graph/vae-graph.ts';
import { commonUpscale } from '../image/resize/common-upscale.ts';
import type { ControlNet } from '../runtime/control-net.ts';
import type { Control } from '../runtime/denoiser.ts';
import { combine } from '../sampling/combine.ts';
import { windowOf } from '../sampling/guidance.ts';
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import { controlByBlock, type HintKind, openControlNet } from '../weights/networks/control-net.ts';
import type { RunContext } from './node.ts';
import type { ControlUse, Entry } from './values.ts';

/** Asked before every pass: what is added behind the model's blocks for this entry; nothing where none of its ControlNets is active. */
export type Controls = (entry: Entry, x: FloatTensor, sigma: number) => Promise<Control | undefined>;

/** The sampled model as ControlNets see it. */
export interface Controlled {
  /** With its patches. */
  readonly network: Network<MmditGeometry>;
  readonly shift: number;
  /** Strengths of its patches. */
  readonly strengths: readonly number[];
}

/** @throws Fault weights.*, `workflow.unfit` where a ControlNet is made for another model, `control.no_vae` */
export function openControls(
  { network, shift, strengths }: Controlled,
  { networks, enter }: RunContext,
): Controls {
  const hints = new Map<ControlUse, Map<string, Promise<FloatTensor>>>();

  async function open({ net }: ControlUse): Promise<ControlNet> {
    const key = JSON.stringify(['control', net.file]);
    const { network: own } = networks.opened(key, () => openControlNet(net.file));
    const [value, expected] = [own.geometry.hiddenSize, network.geometry.hiddenSize];
    if (value !== expected) throw new Fault('workflow.unfit', { what: 'ControlNet', value, expected });
    return networks.control(own, network);
  }

  /** A picture is encoded once for each size that it is asked for in. */
  function hintFor(use: ControlUse, control: ControlNet, shape: readonly number[]): Promise<FloatTensor> {
    const own = hints.get(use) ?? new Map<string, Promise<FloatTensor>>();
    hints.set(use, own);
    const key = shape.slice(2).join();
    const hint = own.get(key) ?? encodeHint(use, control, shape);
    own.set(key, hint);
    return hint;
  }

  async function encodeHint(
    { image, vae }: ControlUse,
    { geometry }: ControlNet,
    [, , height = 0, width = 0]: readonly number[],
  ): Promise<FloatTensor> {
    if (!vae) throw new Fault('control.no_vae', {});
    enter('encoding');
    const side = 2 ** (vae.network.geometry.multipliers.length - 1);
    const sized = commonUpscale(image, width * side, height * side, 'nearest-exact', 'center');
    const values = sized.data.map((value) => 2 * HINTS[geometry.hint](value) - 1);
    const autoencoder = await networks.autoencoder(vae.network);
    const { data, shape } = await autoencoder.encode({ data: values, shape: sized.shape });
    enter('sampling');
    // The older form takes latents that are scaled but not shifted.
    const lift = geometry.form === 'sd3' ? LATENT_SHIFT * LATENT_SCALE : 0;
    return { data: lift === 0 ? data : data.map((value) => value + lift), shape };
  }

  return async ({ controls = [], context, y }, x, sigma) => {
    const added: { outputs: readonly FloatTensor[]; byBlock: readonly (number | undefined)[] }[] = [];
    for (const use of controls) {
      const { low, high } = windowOf(use, shift);
      if (sigma < Math.fround(low) || sigma > Math.fround(high)) continue;
      const control = await open(use);
      const hint = await hintFor(use, control, x.shape);
      const call = { x, sigma, context, y, hint, strength: use.strength, loras: strengths };
      added.push({ outputs: await control.outputs(call), byBlock: controlByBlock(control.geometry) });
    }
    return added.length === 0 ? undefined : joined(added, network.geometry.depth);
  };
}

/** ComfyUI's changes of a hint of values 0..1; that of canny is what its ControlNet was trained with. */
const HINTS: Readonly<Record<HintKind, (value: number) => number>> = {
  'as it is': (value) => value,
  canny: (value) => Math.fround(Math.fround(Math.fround(value * 255) * 0.5) + 0.5),
  depth: (value) => Math.fround(1 - value),
};

/** The sum of what several ControlNets add behind each block; blocks with the same sum share it. */
function joined(
  added: readonly { outputs: readonly FloatTensor[]; byBlock: readonly (number | undefined)[] }[],
  depth: number,
): Control {
  const inputs: FloatTensor[] = [];
  const known = new Map<string, number>();
  const byBlock = Array.from({ length: depth }, (_, block) => {
    const places = added.map((one) => one.byBlock[block]);
    if (places.every((place) => place === undefined)) return null;
    const key = places.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const parts = added.flatMap(({ outputs }, i) => (places[i] === undefined ? [] : [outputs[places[i]]!]));
    const [first, ...others] = parts as [FloatTensor, ...FloatTensor[]];
    const data = others.reduce((sum, part) => combine([1, sum], [1, part.data]), first.data);
    known.set(key, inputs.length);
    inputs.push({ data, shape: first.shape });
    return inputs.length - 1;
  });
  return { inputs, byBlock };
}

/** The negative entries with the ControlNets of the positive ones that hold for both sides, where they have none of their own. */
export function onBothSides(positive: readonly Entry[], negative: readonly Entry[]): readonly Entry[] {
  const shared = positive
    .map(({ controls = [] }) => controls.filter(({ onOtherSide }) => onOtherSide))
    .filter((controls) => controls.length > 0);
  if (shared.length === 0) return negative;
  return negative.map((entry, i) =>
    entry.controls?.length ? entry : { ...entry, controls: shared[i % shared.length]! },
  );
}
