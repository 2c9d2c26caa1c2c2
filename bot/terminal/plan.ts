/** A command line made into a plan: every value decided, every file it names read or proven writable, nothing started yet. */
import { readFileSync, statSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { type ChosenModel, readImagine } from '../../commands/read-imagine.ts';
import { LIMITS } from '../../config/defaults.ts';
import { Fault, quote } from '../../config/faults.ts';
import { readSettings, type Settings } from '../../config/settings.ts';
import { readStyles } from '../../config/styles.ts';
import { readInitImage } from '../../pipeline/image/init-image.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { openCatalogue } from '../catalogue.ts';
import { labelOf } from './flags.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';
import { chooseTypedModel, withTypedParts } from './typed-model.ts';
import { checkWritableFile, checkWritableFolder, codeOf } from './write-files.ts';

export interface Plan {
  readonly line: CommandLine;
  readonly settings: Settings;
  readonly request: PictureRequest;
  /** Text encoders that the picture is drawn without. */
  readonly without: NonNullable<ChosenModel['without']>;
  /** Absolute; one path a picture. */
  readonly pictures: readonly string[];
  readonly previews?: string;
  readonly latents?: string;
}

/** @throws Fault with blame `input` for anything wrong with the command or the files it names */
export async function makePlan(line: CommandLine, terminal: Terminal): Promise<Plan> {
  const settings = readSettings(terminal.env);
  const inFolder = (path: string) => resolve(terminal.folder, path);
  const image = line.init === undefined ? undefined : readPictureFile(line.init, inFolder(line.init));
  let without: Plan['without'] = [];
  const read = await readImagine(
    { ...line.options, image },
    {
      styles: readStyles(settings.stylesFile),
      chooseModel(name, label) {
        const model = chooseModel(line, name, label, settings, terminal.folder);
        without = model.without ?? [];
        return model;
      },
      checkPicture: (bytes, size, label) =>
        readInitImage(bytes, size.width, size.height, `${label} ${quote(line.init ?? '')}`),
      randomSeed: terminal.randomSeed,
      newId: terminal.newId,
      label: labelOf,
    },
  );
  const request = {
    ...read,
    previews: line.previews !== undefined,
    keepTensors: line.saveLatents !== undefined,
  };
  const pictures = numberedPaths(inFolder(line.out ?? `${request.seed}.png`), request.count);
  for (const path of pictures) checkWritableFile('--out', path, '.png', line.out);
  if (line.previews !== undefined) checkWritableFolder('--previews', inFolder(line.previews));
  if (line.saveLatents !== undefined) {
    const path = inFolder(line.saveLatents);
    checkWritableFile('--save-latents', path, '.safetensors', line.saveLatents);
    if (Object.values(request.model.files).includes(path)) {
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
    ...(line.previews !== undefined && { previews: inFolder(line.previews) }),
    ...(line.saveLatents !== undefined && { latents: inFolder(line.saveLatents) }),
  };
}

function chooseModel(
  line: CommandLine,
  name: string | undefined,
  label: string,
  settings: Settings,
  folder: string,
): ChosenModel {
  const catalogue = openCatalogue(settings, { tellFolders: true });
  if (line.files === undefined) return catalogue.choose(name, label);
  const { checkpoint } = line.files;
  if (checkpoint === undefined) return withTypedParts(name, label, line.files, settings, folder, catalogue);
  const like =
    name === undefined
      ? undefined
      : catalogue.models.find(({ entry }) => entry.name === name.toLowerCase())?.entry;
  if (name !== undefined && like === undefined) {
    const known = catalogue.models.map(({ entry }) => entry.name).join(', ');
    throw new Fault('option.value', { option: label, value: name, allowed: known });
  }
  return chooseTypedModel({ ...line.files, checkpoint }, like, settings, folder, catalogue);
}

/** The bytes of the start picture; nothing is read of a file that is too long or none at all. @throws Fault */
function readPictureFile(typed: string, path: string): Uint8Array {
  const refuse = (problem: string, cause?: unknown) =>
    new Fault('file.unreadable', { option: '--init', file: typed, problem }, cause);
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw refuse('does not exist');
    if (!stat.isFile()) throw refuse('is not a file');
    if (stat.size > LIMITS.uploadBytes) {
      const image = `--init ${quote(typed)}`;
      throw new Fault('image.bytes', { image, bytes: stat.size, limit: LIMITS.uploadBytes });
    }
    return readFileSync(path);
  } catch (error) {
    throw error instanceof Fault ? error : refuse(`cannot be read (${codeOf(error)})`, error);
  }
}

/** `fox.png`, or `fox-1.png`, `fox-2.png`... for more than one. */
function numberedPaths(path: string, count: number): string[] {
  if (count === 1) return [path];
  const { dir, name, ext } = parse(path);
  return Array.from({ length: count }, (_, i) => join(dir, `${name}-${i + 1}${ext}`));
}
