/** What is asked of the pipeline and what comes back: plain data, so that it crosses a process as it is. */
import type { SamplerName, SchedulerName } from '../config/sampling.ts';
import type { FloatTensor } from './float-tensor.ts';

/** The files of one model. All paths absolute. */
export interface ModelFiles {
  /** The single file, the diffusers folder, or the `.index.json` of a sharded file. */
  readonly checkpoint: string;
  /** Needed only where the checkpoint does not hold them. */
  readonly vae?: string;
  readonly clipL?: string;
  readonly clipG?: string;
  readonly t5?: string;
  /** TAESD3, for previews in better quality. */
  readonly taesd?: string;
  /** Folder with `clip_vocab.json`, `clip_merges.txt`, `t5_tokenizer.json`. */
  readonly tokenizers: string;
  /** JSON file that says what tensor shapes cannot tell (heads, group-norm groups); real files need none. */
  readonly geometry?: string;
}

/** Skip-layer guidance: within the fractions start..end of the schedule, pushes away from the result without `layers`. */
export interface SkipLayerGuidance {
  readonly scale: number;
  readonly layers: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Somebody's own workflow, with the files that it names. */
export interface WorkflowRequest {
  /** ComfyUI's API form. */
  readonly json: string;
  /** Absolute paths of model files, by kind and name (`workflow/given-files.ts`). */
  readonly files: Readonly<Record<string, string>>;
  /** Encoded pictures by the names in the workflow. */
  readonly pictures: Readonly<Record<string, Uint8Array>>;
  /** As in `ModelFiles`. */
  readonly tokenizers: string;
  readonly geometry?: string;
}

/** Pixels on each side, multiples of 16. */
export interface Borders {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What image to image starts from, and which part of it is painted anew; all of it, where nothing says which. */
export interface StartPicture {
  /** An encoded png, jpeg or webp. */
  readonly image: Uint8Array;
  /** How far to go from it, 0 < strength <= 1. */
  readonly strength: number;
  /** It has transparent parts: they lie on white and, where there is no `mask`, are what is painted anew. */
  readonly transparent?: boolean;
  /** An encoded picture over it: white is painted anew, black is kept. */
  readonly mask?: Uint8Array;
  /** Painted anew around it; the request's size is that of both. */
  readonly borders?: Borders;
}

/** A second pass at another size. */
export interface Upscale {
  /** Pixels, multiples of 16. */
  readonly width: number;
  readonly height: number;
  /** Its `denoise`, 0 < strength <= 1. */
  readonly strength: number;
}

/** A ControlNet, and the picture that it shows the model. */
export interface PictureControl {
  /** Absolute path. */
  readonly file: string;
  /** An encoded png, jpeg or webp: lines, depth or light and dark, as the ControlNet was made for. */
  readonly image: Uint8Array;
  readonly strength: number;
  /** Take the picture's edges instead of the picture. */
  readonly edges: boolean;
}

/** One request, every value decided and checked (see `commands/read-imagine.ts`). */
export interface PictureRequest {
  readonly id: string;
  readonly model: { readonly name: string; readonly files: ModelFiles };
  readonly prompt: string;
  readonly negative: string;
  /** Pixels, multiples of 16. */
  readonly width: number;
  readonly height: number;
  /** 0 .. 2^53-1. */
  readonly seed: number;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: SamplerName;
  readonly scheduler: SchedulerName;
  readonly shift: number;
  /** Pictures in one batch of one seed. */
  readonly count: number;
  /** With a count of 1: that picture of a batch, from 0, and so with its noise (ComfyUI's `LatentFromBatch`). */
  readonly batchIndex?: number;
  /** Image to image. */
  readonly init?: StartPicture;
  readonly upscale?: Upscale;
  readonly slg?: SkipLayerGuidance;
  /** Files of low-rank changes (absolute paths), in the order in which they are applied. */
  readonly loras?: readonly { readonly file: string; readonly strength: number }[];
  readonly control?: PictureControl;
  /** Run in place of the graph that the values above make; they then only describe it. */
  readonly workflow?: WorkflowRequest;
  /** Send a preview with each step. */
  readonly previews: boolean;
  /** Return latents, noise, sigmas and conditionings as well. */
  readonly keepTensors: boolean;
}

/** 8-bit RGB, row-major, three bytes a pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Milliseconds; step_ms has one entry a step. */
export interface Timings {
  readonly load_ms: number;
  readonly encode_ms: number;
  readonly sample_ms: number;
  readonly step_ms: readonly number[];
  readonly decode_ms: number;
  readonly total_ms: number;
}

export interface PictureResult {
  /** PNG files with their text chunks, `count` of them. */
  readonly pictures: readonly Uint8Array[];
  readonly timings: Timings;
  /** With keepTensors: final_latent, noise, sigmas, pos.context, pos.y, neg.context, neg.y. */
  readonly tensors?: Readonly<Record<string, FloatTensor>>;
}
