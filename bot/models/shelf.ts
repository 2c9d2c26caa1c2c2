/** The LoRA files and ControlNets that people in the chats and on the page may name: read anew when a folder changes. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { nearestNames } from '../../commands/parse-flags.ts';
import { Fault } from '../../config/faults.ts';
import { type ModelFolders, modelRoots } from '../../config/model-folders.ts';

/** ComfyUI's folders of them, and ours. */
export type ShelfKind = 'loras' | 'controlnet';
const ENDING = /\.safetensors$/i;
/** Folders within folders, and files in all, that are looked at. */
const DEEPEST = 6;
const MOST = 20_000;
/** Names that a refusal suggests. */
const SUGGESTED = 3;

export interface Shelf {
  /** Without their ending, with the folders that they are sorted into: `ink`, `styles/film`. In order of the alphabet. */
  names(): readonly string[];
  /** The same with their files, looked up once for all of them. */
  entries(): readonly ShelfEntry[];
  /**
   * The file of that name, in whatever case, with or without its ending; the folder may be left out.
   * A ControlNet is found by its kind, too: `canny`.
   * @returns its absolute path. @throws Fault `lora.unknown`, `control.unknown`, which tell names and no folder
   */
  find(name: string): string;
}

export interface ShelfEntry {
  readonly name: string;
  /** Its absolute path. */
  readonly file: string;
}

/** What a folder held when it was last changed. */
interface Listing {
  readonly changed: number;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

export function openShelf(folders: ModelFolders, kind: ShelfKind): Shelf {
  const listings = new Map<string, Listing>();

  function list(folder: string): Listing {
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const known = listings.get(folder);
    if (known?.changed === changed) return known;
    const listing = changed === 0 ? { changed, files: [], folders: [] } : { changed, ...read(folder) };
    listings.set(folder, listing);
    return listing;
  }

  /** Each folder once, however many links lead to it. */
  function walk(root: string, seen: Set<string>, under = '', depth = 0): ShelfEntry[] {
    const folder = path.join(root, under);
    if (depth > DEEPEST || !isNew(folder, seen)) return [];
    const { files, folders: inside } = list(folder);
    return [
      ...files.map((file) => ({
        name: under + file.replace(ENDING, ''),
        file: path.join(folder, file),
      })),
      ...inside.flatMap((name) => walk(root, seen, `${under}${name}/`, depth + 1)),
    ];
  }

  /** Of two files of one name the one in our own folder counts. */
  function entries(): readonly ShelfEntry[] {
    const found = new Map<string, ShelfEntry>();
    const seen = new Set<string>();
    for (const root of foldersOf(kind, folders)) {
      for (const entry of walk(root, seen)) {
        if (found.size < MOST && !found.has(entry.name)) found.set(entry.name, entry);
      }
    }
    return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  return {
    names: () => entries().map(({ name }) => name),
    entries,
    find(given) {
      return findNamed(kind, entries(), given).file;
    },
  };
}

/** As `Shelf.find`. @throws Fault `lora.unknown`, `control.unknown` */
export function findNamed<T extends { readonly name: string }>(
  kind: ShelfKind,
  all: readonly T[],
  given: string,
): T {
  const wanted = plain(given);
  const found =
    all.find(({ name }) => plain(name) === wanted) ??
    all.find(({ name }) => plain(name.slice(name.lastIndexOf('/') + 1)) === wanted) ??
    (kind === 'controlnet' && wanted.length > 2 && all.find(({ name }) => plain(name).includes(wanted)));
  if (found) return found;
  const names = all.map(({ name }) => name);
  const near = nearestNames(given, names, SUGGESTED);
  throw new Fault(kind === 'loras' ? 'lora.unknown' : 'control.unknown', { name: given, near });
}

function foldersOf(kind: ShelfKind, folders: ModelFolders): string[] {
  const roots = modelRoots(folders).map((root) =>
    path.basename(root).toLowerCase() === kind ? root : path.join(root, kind),
  );
  return [...new Set(roots)];
}

function isNew(folder: string, seen: Set<string>): boolean {
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  } catch {
    return false;
  }
}

function read(folder: string): Omit<Listing, 'changed'> {
  try {
    const inside = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
    // People link to files and folders elsewhere; a link that leads nowhere is neither.
    const kinds = inside.map((entry) => ({
      name: entry.name,
      stat: entry.isSymbolicLink()
        ? statSync(path.join(folder, entry.name), { throwIfNoEntry: false })
        : entry,
    }));
    return {
      files: kinds.filter(({ name, stat }) => stat?.isFile() && ENDING.test(name)).map(({ name }) => name),
      folders: kinds.filter(({ stat }) => stat?.isDirectory()).map(({ name }) => name),
    };
  } catch {
    return { files: [], folders: [] };
  }
}

function plain(name: string): string {
  return name.trim().replaceAll('\\', '/').replace(ENDING, '').toLowerCase();
}
