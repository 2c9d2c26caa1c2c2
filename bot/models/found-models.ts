/** The operator's table and the built-in one, and an entry of its own for each checkpoint of any other name that lies here. */
import { basename, dirname, resolve } from 'node:path';
import type { ModelFolders } from '../../config/model-folders.ts';
import { kindNamed, kindOf, type ModelEntry } from '../../config/models.ts';
import type { FileCard } from '../../pipeline/weights/inspect.ts';
import { type Choice, chooseFiles } from './choose-files.ts';
import { officialName } from './official-names.ts';

export interface KnownModel {
  readonly entry: ModelEntry;
  readonly choice: Choice;
}

/** In the order of preference: the operator's, Stability's, what else lies here, the embedded ones. */
export function entriesFor(
  table: readonly ModelEntry[],
  cards: readonly FileCard[],
  folders: ModelFolders,
): KnownModel[] {
  const own = table.filter(({ named, embedded }) => named !== undefined && !embedded);
  const chosen = own.map((entry) => ({ entry, choice: chooseFiles(entry, cards, folders) }));
  const claimed = new Set(
    chosen.flatMap(({ choice }) => (choice.checkpoint === undefined ? [] : [choice.checkpoint])),
  );
  const builtIn = table
    .filter(({ named }) => named === undefined)
    .map((entry) => ({ entry, choice: chooseFiles(entry, cards, folders, claimed) }));
  const embedded = table
    .filter(({ embedded }) => embedded)
    .map((entry) => ({ entry, choice: chooseFiles(entry, cards, folders) }));

  const names = new Set(table.map(({ name }) => name));
  const wholes = new Set(cards.filter(isFolder).map(({ path }) => path));
  const others = cards
    .filter((card) => card.kind === 'checkpoint' && !claimed.has(card.path))
    .filter(({ path }) => officialName(path) === undefined && !wholes.has(dirname(dirname(path))))
    .map((card) => {
      const entry = entryOf(card, names);
      return { entry, choice: chooseFiles(entry, cards, folders) };
    });
  return [...chosen, ...builtIn, ...others, ...embedded];
}

function isFolder({ stamp }: FileCard): boolean {
  return stamp === '';
}

/** A model that nobody described: named after its file, used like the official one of its kind. */
function entryOf({ path, parts }: FileCard, names: Set<string>): ModelEntry {
  const model = parts.find(({ role }) => role === 'mmdit')!;
  const base = kindNamed(kindOf(model.dual === true || model.rmsNorms === false, path));
  const title =
    repositoryOf(path) ?? basename(path).replace(/(-\d{5}-of-\d{5})?\.(safetensors|sft|gguf)$/i, '');
  const name = freeName(title, names);
  names.add(name);
  return {
    ...base,
    name,
    title,
    files: { checkpoint: [resolve(path)] },
    named: {},
    found: true,
    embedded: false,
  };
}

/** A snapshot in a Hugging Face cache is named by a number: its repository's name tells more. */
function repositoryOf(path: string): string | undefined {
  return /models--[^/\\]{1,96}?--([^/\\]{1,96})[/\\]snapshots[/\\][^/\\]{1,96}$/.exec(path)?.[1];
}

function freeName(title: string, names: ReadonlySet<string>): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[-]+$/g, '')
    .slice(0, 60);
  const base = plain === '' ? 'model' : plain;
  for (let i = 1; ; i++) {
    const name = i === 1 ? base : `${base}-${i}`;
    if (!names.has(name)) return name;
  }
}
