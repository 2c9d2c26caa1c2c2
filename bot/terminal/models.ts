/** `npm run models`: what lies in the folders of models and what it serves; `pull` gets what is missing, `check` proves files. */
import { resolve } from 'node:path';
import { parseFlags } from '../../commands/parse-flags.ts';
import type { Environment } from '../../config/environment.ts';
import { bytesInWords, Fault } from '../../config/faults.ts';
import { modelRoots } from '../../config/model-folders.ts';
import { readSettings, type Settings } from '../../config/settings.ts';
import type { FileCard } from '../../pipeline/weights/inspect.ts';
import { type Catalogue, type CatalogueModel, openCatalogue } from '../catalogue.ts';
import { type CheckedFile, checkFile } from '../models/check-file.ts';
import { ENCODER_NAMES } from '../models/choose-files.ts';
import { PULLABLE } from '../models/hub-files.ts';
import { type PullWorld, pullModel } from '../models/pull.ts';
import type { Screen } from './progress-bar.ts';

export interface ModelsWorld extends PullWorld {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly folder: string;
  readonly stdout: Screen;
  readonly stderr: Screen;
}

const HELP = `Lists the model files that lie here, and what each model lacks.

  npm run models                        everything in MODELS_DIR, COMFYUI_DIR and extra_model_paths.yaml
  npm run models -- --json              the same as one line of JSON
  npm run models -- pull NAME           fetches what is missing for ${PULLABLE.join(', ')}
  npm run models -- pull NAME --dry-run says what would be fetched, from where and to where
  npm run models -- check FILE...       says what files are, and whether they are whole

pull reads HF_TOKEN (a token of your Hugging Face account) and HF_ENDPOINT (a mirror).
`;

/** Exit code: 0 done (for a list also where models are incomplete), 1 a failure, 2 the command is wrong. */
export async function runModels(world: ModelsWorld): Promise<0 | 1 | 2> {
  try {
    const { words, values } = parseFlags(world.argv, [
      { name: 'json' },
      { name: 'help' },
      { name: 'dry-run' },
    ]);
    const json = values.has('json');
    if (values.has('help')) {
      world.stdout.write(HELP);
      return 0;
    }
    const [verb, ...rest] = words;
    if (verb === undefined) return list(world, json);
    if (verb === 'check') return await check(rest, world, json);
    if (verb === 'pull') return await pull(rest, values.has('dry-run'), world);
    const allowed = 'pull NAME, check FILE..., or nothing';
    throw new Fault('option.value', { option: 'npm run models', value: verb, allowed });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    world.stderr.write(`${error.message}\n`);
    return error.blame === 'input' ? 2 : 1;
  }
}

function settingsOf({ env, folder }: ModelsWorld): Settings {
  const settings = readSettings(env);
  const at = (path: string) => resolve(folder, path);
  // The defaults lie in the program's own folder, wherever the person stands.
  return env.MODELS_DIR ? { ...settings, modelsDir: at(settings.modelsDir) } : settings;
}

function list(world: ModelsWorld, json: boolean): 0 {
  const settings = settingsOf(world);
  const catalogue = openCatalogue(settings, { tellFolders: true });
  const text = json ? `${JSON.stringify(asJson(catalogue, settings))}\n` : asText(catalogue, settings);
  world.stdout.write(text);
  return 0;
}

interface Standing {
  readonly usable: boolean;
  /** Each a part of a sentence: `lacks ...`, or what else is in the way. */
  readonly obstacles: readonly string[];
  /** The command that gets what is missing. */
  readonly get?: string;
}

const LICENCE =
  'its licence must be accepted: set STABILITY_LICENSE_ACCEPTED=yes (https://stability.ai/license)';

/** Whether a model of these files can be used now, and if not, everything that is in the way. */
function standing(model: CatalogueModel, settings: Settings): Standing {
  const { entry, files, choice, problem } = model;
  const licensed = entry.licence === 'own' || settings.stabilityLicenseAccepted;
  const obstacles = [
    ...choice.missing.map(({ what }) => `lacks ${what}`),
    ...(problem === undefined ? [] : [`cannot be used: ${problem.replace(/\.$/, '')}`]),
    ...(licensed ? [] : [LICENCE]),
  ];
  const isFetchable = choice.missing.some(({ named }) => !named);
  const get =
    isFetchable && PULLABLE.includes(entry.name) ? `npm run models -- pull ${entry.name}` : undefined;
  return {
    usable: files !== undefined && problem === undefined && licensed,
    obstacles,
    ...(get === undefined ? {} : { get }),
  };
}

function servedBy(catalogue: Catalogue): (path: string) => string[] {
  return (path) =>
    catalogue.models
      .filter(({ entry, choice }) => !entry.embedded && usesFile(choice, path))
      .map(({ entry }) => entry.name);
}

function usesFile(choice: CatalogueModel['choice'], path: string): boolean {
  const { tokenizers: _, ...files } = choice.files ?? { tokenizers: '' };
  const loras = choice.loras?.map(({ file }) => file) ?? [];
  return choice.checkpoint === path || [...Object.values(files), ...loras].includes(path);
}

function asJson(catalogue: Catalogue, settings: Settings) {
  const serves = servedBy(catalogue);
  return {
    folders: modelRoots(settings),
    files: catalogue.cards.map(({ path, kind, what, advice, bytes, type }) => ({
      path,
      kind,
      what,
      ...(advice === undefined ? {} : { advice }),
      bytes,
      type,
      serves: serves(path),
    })),
    models: catalogue.models.map((model) => {
      const { usable, obstacles, get } = standing(model, settings);
      const { entry, choice } = model;
      return {
        name: entry.name,
        title: entry.title,
        usable,
        ...(choice.files ? { files: choice.files } : {}),
        missing: obstacles.map((one) => one.replace(/^lacks /, '')),
        without: choice.without.map((part) => ENCODER_NAMES[part]),
        ...(get === undefined ? {} : { get }),
      };
    }),
  };
}

function asText(catalogue: Catalogue, settings: Settings): string {
  const serves = servedBy(catalogue);
  const roots = modelRoots(settings);
  const lines = [`Looked in ${roots.join(', ')}`, ''];
  if (catalogue.cards.length === 0) lines.push('No model files there.');
  for (const card of catalogue.cards) lines.push(fileLine(card, serves(card.path)));
  lines.push('', 'Models');
  for (const model of catalogue.models) lines.push(modelLine(model, settings));
  return `${lines.join('\n')}\n`;
}

function fileLine({ path, what, advice, bytes, type }: FileCard, serves: readonly string[]): string {
  const facts = [bytesInWords(bytes), ...(type === '' ? [] : [type])].join(', ');
  const use = serves.length > 0 ? ` · for ${serves.join(', ')}` : advice === undefined ? '' : ` · ${advice}`;
  return `${path}\n    ${what} (${facts})${use}`;
}

function modelLine(model: CatalogueModel, settings: Settings): string {
  const { entry, choice } = model;
  const { usable, obstacles, get } = standing(model, settings);
  const name = `  ${entry.name.padEnd(12)} ${entry.title}`;
  if (!usable) return `${name}: ${obstacles.join('; ')}${get === undefined ? '' : ` · ${get}`}`;
  const without = choice.without.map((part) => ENCODER_NAMES[part]).join(' and ');
  return `${name}: usable${without === '' ? '' : `, without ${without}`}`;
}

async function check(paths: readonly string[], world: ModelsWorld, json: boolean): Promise<0 | 1> {
  if (paths.length === 0) throw new Fault('option.missing', { option: 'The file to check' });
  const results: CheckedFile[] = [];
  for (const given of paths) {
    const result = checkFile(resolve(world.folder, given));
    results.push(result);
    if (!json) world.stdout.write(`${given}: ${result.sound ? 'ok' : 'fault'}: ${result.sentence}\n`);
  }
  if (json) world.stdout.write(`${JSON.stringify(results)}\n`);
  return results.every(({ sound }) => sound) ? 0 : 1;
}

async function pull(words: readonly string[], dryRun: boolean, world: ModelsWorld): Promise<0> {
  const [name, second] = words;
  const allowed = PULLABLE.join(', ');
  if (name === undefined || second !== undefined || !PULLABLE.includes(name.toLowerCase()))
    throw new Fault('option.value', { option: 'pull', value: words.join(' '), allowed });
  await pullModel(name.toLowerCase(), settingsOf(world), world, dryRun);
  return 0;
}
