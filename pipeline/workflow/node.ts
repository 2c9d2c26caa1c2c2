/** What a node is: a name, inputs with their ranges, outputs with their types, and what it does. */
import type { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import type { RenderEvent } from '../messages.ts';
import type { Pixels } from '../request.ts';
import type { HeldNetworks } from '../runtime/held-networks.ts';
import type { AnyInputs, InputSpecs, InputsOf } from './inputs.ts';
import type { Value, Values, ValueType } from './values.ts';

/** What nodes are handed besides their inputs. */
export interface RunContext {
  readonly networks: HeldNetworks;
  /** Folder of tokenizer files. */
  readonly tokenizers: string;
  /** What shapes cannot tell about unusual models. */
  readonly geometry?: string;
  /** The bytes of a picture that a node names. @throws Fault `workflow.file` */
  readonly picture: (name: string) => Uint8Array;
  /** Told what kind of work begins. */
  readonly enter: (phase: Phase) => void;
  readonly progress: (event: RenderEvent) => void;
  /** Send a preview with each step. */
  readonly previews: boolean;
  /** Makes one of a picture of latents, by its index; where it is absent, by one small matrix. */
  readonly preview?: (latent: FloatTensor, index: number) => Promise<Pixels>;
  /** Looked at before every pass of the network. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told of every guided call of a model: for comparison with recorded runs. */
  readonly onCall?: (sigma: number, denoised: Float32Array) => void;
  /** What a sampler was given and made. */
  readonly onSampled?: (sampled: Sampled) => void;
  /** A finished picture of `SaveImage`. */
  readonly onPicture?: (pixels: Pixels) => void;
  /** A picture of `PreviewImage`. */
  readonly onPreview?: (pixels: Pixels) => void;
}

export type Phase = 'loading' | 'encoding' | 'sampling' | 'decoding';

export interface Sampled {
  readonly noise: Float32Array;
  readonly sigmas: Float32Array;
  readonly final: { readonly data: Float32Array; readonly shape: readonly number[] };
  readonly positive: Values['CONDITIONING'];
  readonly negative: Values['CONDITIONING'];
  /** Milliseconds of each step. */
  readonly stepTimes: readonly number[];
}

/** What a node gives on an output: a value, or why there is none, for whoever is linked to it. */
export type Given = Value | Fault;

type Outputs<O extends readonly ValueType[]> = { readonly [I in keyof O]: Values[O[I] & ValueType] | Fault };

export interface NodeKind {
  /** ComfyUI's `class_type`. */
  readonly name: string;
  readonly inputs: InputSpecs;
  readonly outputs: readonly ValueType[];
  /** Its work is seen outside (a saved picture): a workflow is run for such nodes. */
  readonly isOutput: boolean;
  readonly run: (inputs: AnyInputs, context: RunContext) => readonly Given[] | Promise<readonly Given[]>;
}

interface Definition<I extends InputSpecs, O extends readonly ValueType[]> {
  readonly name: string;
  readonly inputs: I;
  readonly outputs: O;
  readonly isOutput?: boolean;
  readonly run: (inputs: InputsOf<I>, context: RunContext) => Outputs<O> | Promise<Outputs<O>>;
}

export function defineNode<const I extends InputSpecs, const O extends readonly ValueType[]>(
  definition: Definition<I, O>,
): NodeKind {
  const { run, isOutput = false } = definition;
  return {
    ...definition,
    isOutput,
    // The check has proven that the inputs are of the types that the definition says.
    run: run as NodeKind['run'],
  };
}
