/** Everything that lies in the folders of models, each thing with what it is. Each header is read once. */
import { basename, dirname, join } from 'node:path';
import { listModels, type ModelFolders } from '../../config/model-folders.ts';
import { type FileCard, inspectFile } from '../../pipeline/weights/inspect.ts';
import { inspectFolder } from '../../pipeline/weights/inspect-folder.ts';

/** `model-00002-of-00003.safetensors` */
const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.(safetensors|gguf)$/;

/** Files of one model in pieces count as one, diffusers folders as one beside their files. */
export function readLibrary(folders: ModelFolders): FileCard[] {
  const listed = listModels(folders);
  const cards = listed.flatMap(({ path, isFolder, named }) => {
    const card = isFolder ? undefined : inspectFile(path, named);
    return card === undefined ? [] : [card];
  });
  const files = joinShards(cards);
  const whole = listed.flatMap(({ path, isFolder }) => {
    const card = isFolder ? inspectFolder(path, files) : undefined;
    return card === undefined ? [] : [card];
  });
  return [...whole, ...files];
}

function joinShards(cards: readonly FileCard[]): FileCard[] {
  const groups = new Map<string, FileCard[]>();
  for (const card of cards) {
    const [, stem, , count] = SHARD.exec(basename(card.path)) ?? [];
    const key = stem === undefined ? card.path : join(dirname(card.path), `${stem} ${count}`);
    groups.set(key, [...(groups.get(key) ?? []), card]);
  }
  return [...groups.values()].map((group) => (group.length === 1 ? group[0]! : joined(group)));
}

function joined(group: readonly FileCard[]): FileCard {
  const [first] = group as readonly [FileCard];
  const count = Number(SHARD.exec(basename(first.path))?.[3]);
  const telling = group.find(({ parts }) => parts.length > 0) ?? first;
  const bytes = group.reduce((sum, card) => sum + card.bytes, 0);
  const broken = group.find(({ kind }) => kind === 'unfinished' || kind === 'damaged');
  if (broken) return { ...broken, bytes };
  if (group.length < count)
    return {
      ...first,
      bytes,
      kind: 'unfinished',
      what: `${group.length} of ${count} files of one model`,
      advice: 'fetch the others',
      parts: [],
    };
  const what = `${telling.what}, in ${count} files`;
  const stamp = group.map((card) => card.stamp).join();
  return { ...telling, path: first.path, bytes, stamp, what, shard: { of: count } };
}
