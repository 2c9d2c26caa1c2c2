/** Models that lie on other machines: how their files are called here, and what a device elsewhere says of itself. */
import type { ModelEntry } from '../../config/models.ts';
import type { ModelFiles, PictureRequest, WorkflowRequest } from '../../pipeline/request.ts';

/** In front of the name of a file that is on another machine. The paths of this machine are absolute. */
const ELSEWHERE = 'elsewhere/';

export function elsewhere(name: string): string {
  return `${ELSEWHERE}${name}`;
}

/** A LoRA file or ControlNet by the name that it is offered by. */
export function fileElsewhere(name: string): string {
  return elsewhere(`${name}.safetensors`);
}

/** Undo `fileElsewhere`: its name, with the folders that it is sorted into. Of a file of this machine nothing is told. */
export function nameElsewhere(path: string): string | undefined {
  return isElsewhere(path) ? path.slice(ELSEWHERE.length).replace(/\.safetensors$/, '') : undefined;
}

/** @param path of a file in a request */
export function isElsewhere(path: string): boolean {
  return path.startsWith(ELSEWHERE);
}

/** A model that a device elsewhere has. */
export interface OfferedModel {
  readonly entry: ModelEntry;
  /** By `elsewhere`. */
  readonly files: ModelFiles;
  /** Pixels of the longest side. */
  readonly maxSide: number;
  /** Joint blocks. */
  readonly depth: number;
}

/** What decides whether a device can make a picture. */
export type Wanted = Pick<PictureRequest, 'model' | 'loras'> & {
  readonly control?: { readonly file: string };
  readonly workflow?: Pick<WorkflowRequest, 'files'>;
};

/** LoRA files and ControlNets that a device elsewhere has: without their ending, with the folders that they are sorted into. */
export interface OfferedFiles {
  readonly loras: readonly string[];
  readonly controls: readonly string[];
}

/** What a device elsewhere says of itself; it changes as the other machine comes, goes and gets other files. */
export interface Offer {
  /** It answers. What it offered is remembered while it does not. */
  readonly isReachable: boolean;
  readonly models: readonly OfferedModel[];
  readonly files: OfferedFiles;
  /** Whether it has all files that the picture needs. */
  draws(wanted: Wanted): boolean;
  /** Called after each change. */
  subscribe(changed: () => void): void;
}

/** A device of this machine has every file that was found here, and none that was not. */
export function drawsHere({ model }: Wanted): boolean {
  return !isElsewhere(model.files.checkpoint);
}
