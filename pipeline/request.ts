/** What is asked of the pipeline and what comes back: plain data, so that it crosses a process as it is. */
import type { ModelFiles, PictureResult, Pixels, Preview, Timings } from './messages.ts';
import type { SentRequest } from './sent-request.ts';

export type { ModelFiles, PictureResult, Pixels, Preview, Timings };
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
