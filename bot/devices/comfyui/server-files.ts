/** The model files that a ComfyUI server lists, and which of them goes by a name of ours. */
import * as z from 'zod';
import type { ComfyHttp } from './http.ts';

/** Each kind of file, with the folder's name in ComfyUI and the one before it was renamed. */
const FOLDERS = {
  checkpoints: ['checkpoints'],
  diffusion: ['diffusion_models', 'unet'],
  encoders: ['text_encoders', 'clip'],
  vaes: ['vae'],
  loras: ['loras'],
  controls: ['controlnet'],
} as const;

export type ServerFileKind = keyof typeof FOLDERS;

/** Names that are looked at; those of more are not on offer. */
const MOST = 20_000;
/** Characters of a name: no more fit a file name with its folders. */
const LONGEST = 500;

const list = z.array(z.unknown());

export class ServerFiles {
  private readonly names: Readonly<Record<ServerFileKind, readonly string[]>>;

  constructor(names: Readonly<Record<ServerFileKind, readonly string[]>>) {
    this.names = names;
  }

  /** As the server lists them, with its folders. */
  all(kind: ServerFileKind): readonly string[] {
    return this.names[kind];
  }

  /** What the server calls the file of this path or name; undefined where it lists none of that name. */
  find(kind: ServerFileKind, path: string): string | undefined {
    const wanted = bareName(path).toLowerCase();
    return this.names[kind].find((name) => bareName(name).toLowerCase() === wanted);
  }
}

/** As people name LoRA files and ControlNets: without the ending, the folders that they are sorted into with slashes. */
export function shelfNames(files: ServerFiles, kind: 'loras' | 'controls'): string[] {
  const ending = /\.safetensors$/i;
  return files
    .all(kind)
    .filter((name) => ending.test(name))
    .map((name) => name.replaceAll('\\', '/').replace(ending, ''));
}

/** The last part of a name, with the folders of either system. */
export function bareName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** @throws Error where it does not answer as a ComfyUI does */
export async function readServerFiles(http: ComfyHttp): Promise<ServerFiles> {
  const kinds = Object.entries(FOLDERS) as [ServerFileKind, readonly string[]][];
  const lists = await Promise.all(
    kinds.map(async ([kind, folders]) => [kind, await firstList(http, folders)] as const),
  );
  return new ServerFiles(Object.fromEntries(lists) as Record<ServerFileKind, string[]>);
}

async function firstList(http: ComfyHttp, folders: readonly string[]): Promise<string[]> {
  for (const folder of folders) {
    const answer = await http.json(`/models/${folder}`);
    if (answer === undefined) continue;
    const names = list.parse(answer).slice(0, MOST);
    return names.filter(
      (name): name is string => typeof name === 'string' && name !== '' && name.length <= LONGEST,
    );
  }
  return [];
}
