/** A command line made into a plan: every value decided, every file it names read or proven writable, nothing started yet. */
import { join, parse, resolve } from 'node:path';
import type { RawOptions } from '../../commands/options.ts';
import { type ChosenModel, readImagine } from '../../commands/read-imagine.ts';
import { Fault, quote } from '../../config/faults.ts';
import { readSettings, type Settings } from '../../config/settings.ts';
import { readStyles } from '../../config/styles.ts';
import { provePicture } from '../../pipeline/image/check-upload.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { openCatalogue } from '../catalogue.ts';
import { checkNumbers } from '../check-numbers.ts';
import { unknownWords } from '../messages/known-words.ts';
import { findTypedControlNet, findTypedLora } from './changes.ts';
import { labelOf } from './flags.ts';
import { readNamedFile } from './named-file.ts';
import { type CommandLine, PICTURE_NAMES } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';
import { chooseTypedModel, withTypedParts } from './typed-model.ts';
import { readWorkflowRequest } from './workflow-plan.ts';
import { checkWritableFile, checkWritableFolder } from './write-files.ts';

export interface Plan {
  readonly line: CommandLine;
  readonly settings: Settings;
  readonly request: PictureRequest;
  /** Text encoders that the picture is drawn without. */
  readonly without: NonNullable<ChosenModel['without']>;
  /** Absolute; one path a picture, as far as their number is known beforehand. */
  readonly pictures: readonly string[];
  /** The path that they are numbered from. */
  readonly out: string;
  readonly previews?: string;
  readonly latents?: string;
}

/** @throws Fault with blame `input` for anything wrong with the command or the files it names */
export async function makePlan(line: CommandLine, terminal: Terminal): Promise<Plan> {
  const settings = readSettings(terminal.env);
  const inFolder = (path: string) => resolve(terminal.folder, path);
  const { workflow } = line;
  let without: Plan['without'] = [];
  const read =
    workflow === undefined
      ? await readWords(line, settings, terminal, (model) => {
          without = model.without ?? [];
        })
      : await readWorkflowRequest({ ...line, workflow }, settings, terminal);
  const request = {
    ...read,
    previews: line.previews !== undefined,
    keepTensors: line.saveLatents !== undefined,
  };
  const out = inFolder(line.out ?? `${request.seed}.png`);
  const pictures = numberedPaths(out, request.count);
  for (const path of pictures) checkWritableFile('--out', path, '.png', line.out);
  if (line.previews !== undefined) checkWritableFolder('--previews', inFolder(line.previews));
  if (line.saveLatents !== undefined) {
    const path = inFolder(line.saveLatents);
    checkWritableFile('--save-latents', path, '.safetensors', line.saveLatents);
    const used = [...Object.values(request.model.files), ...Object.values(request.workflow?.files ?? {})];
    if (used.includes(path)) {
      throw new Fault('file.unwritable', {
        option: '--save-latents',
        file: path,
        problem: 'that is a file of the model',
      });
    }
  }
  return {
    line,
    settings,
    request,
    without,
    pictures,
    out,
    ...(line.previews !== undefined && { previews: inFolder(line.previews) }),
    ...(line.saveLatents !== undefined && { latents: inFolder(line.saveLatents) }),
  };
}

/** @param chosen told of the model */
async function readWords(
  line: CommandLine,
  settings: Settings,
  terminal: Terminal,
  chosen: (model: ChosenModel) => void,
): Promise<PictureRequest> {
  const { folder } = terminal;
  const pictures = PICTURE_NAMES.flatMap((name) => {
    const path = line.pictures[name];
    return path === undefined ? [] : [[name, readNamedFile(labelOf(name), path, resolve(folder, path))]];
  });
  return readImagine(
    { ...line.options, ...(Object.fromEntries(pictures) as RawOptions) },
    {
      styles: readStyles(settings.stylesFile),
      chooseModel(name, label) {
        const model = chooseModel(line, name, label, settings, terminal.folder);
        chosen(model);
        return model;
      },
      checkPicture(bytes, label) {
        const name = PICTURE_NAMES.find((one) => labelOf(one) === label);
        return provePicture(bytes, `${label} ${quote((name && line.pictures[name]) ?? '')}`);
      },
      checkNumbers,
      unknownWords,
      findLora: (name) => findTypedLora(name, settings, folder),
      findControlNet: (name) => findTypedControlNet(name, settings, folder),
      randomSeed: terminal.randomSeed,
      newId: terminal.newId,
      label: labelOf,
    },
  );
}

function chooseModel(
  line: CommandLine,
  name: string | undefined,
  label: string,
  settings: Settings,
  folder: string,
): ChosenModel {
  const catalogue = openCatalogue(settings, { tellFolders: true });
  const { files } = line;
  if (files === undefined) return catalogue.choose(name, label);
  if (files.checkpoint === undefined) return withTypedParts(name, label, files, settings, folder, catalogue);
  const like =
    name === undefined
      ? undefined
      : catalogue.models.find(({ entry }) => entry.name === name.toLowerCase())?.entry;
  if (name !== undefined && like === undefined) {
    const known = catalogue.models.map(({ entry }) => entry.name).join(', ');
    throw new Fault('option.value', { option: label, value: name, allowed: known });
  }
  return chooseTypedModel({ ...files, checkpoint: files.checkpoint }, like, settings, folder, catalogue);
}

/** `fox.png`, or `fox-1.png`, `fox-2.png`... for more than one. */
export function numberedPaths(path: string, count: number): string[] {
  if (count === 1) return [path];
  const { dir, name, ext } = parse(path);
  return Array.from({ length: count }, (_, i) => join(dir, `${name}-${i + 1}${ext}`));
}
