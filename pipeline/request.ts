/** What is asked of the pipeline and what comes back: plain data, so that it crosses a process as it is. */
import type { FloatTensor } from './float-tensor.ts';
import type { ModelFiles } from './messages.ts';
import type { SentRequest } from './sent-request.ts';

export type { ModelFiles };
export type SkipLayerGuidance = NonNullable<SentRequest['slg']>;
export type Upscale = NonNullable<SentRequest['upscale']>;
export type Borders = NonNullable<NonNullable<SentRequest['init']>['borders']>;

type With<T, Here> = Omit<T, keyof Here> & Here;

/** With its bytes: encoded pngs, jpegs or webps. */
export type StartPicture = With<
  NonNullable<SentRequest['init']>,
  { readonly image: Uint8Array; readonly mask?: Uint8Array }
>;

/** With the ControlNet's absolute path, and the picture's bytes. */
export type PictureControl = With<
  NonNullable<SentRequest['control']>,
  { readonly file: string; readonly image: Uint8Array }
>;

/** With absolute paths of its files, and its pictures' bytes. */
export type WorkflowRequest = With<
  NonNullable<SentRequest['workflow']>,
  {
    readonly files: Readonly<Record<string, string>>;
    readonly pictures: Readonly<Record<string, Uint8Array>>;
    /** As in `ModelFiles`. */
    readonly tokenizers: string;
    readonly geometry?: string;
  }
>;

/** A request on the machine where its files and pictures are at hand. */
export type PictureRequest = With<
  SentRequest,
  {
    readonly model: { readonly name: string; readonly files: ModelFiles };
    readonly init?: StartPicture;
    /** Absolute paths. */
    readonly loras?: readonly { readonly file: string; readonly strength: number }[];
    readonly control?: PictureControl;
    readonly workflow?: WorkflowRequest;
  }
>;

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
