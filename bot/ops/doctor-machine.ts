/** Node, packages, folders, the port and the operator's own tables. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { bytesInWords } from '../../config/faults.ts';
import { DEFAULT_MODELS_DIR } from '../../config/settings.ts';
import { readStyles } from '../../config/styles.ts';
import { readModelTable } from '../../config/user-models.ts';
import { openWordCheck } from '../safety/check-words.ts';
import { type Check, type Finding, sentenceOf } from './doctor-check.ts';

export function checkMachine(nodeVersion: string): readonly Finding[] {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  const text = fits
    ? nodeVersion
    : `${nodeVersion} is not supported; needed: Node 20.19 or newer, 22.12 or newer, or 24`;
  return [{ about: 'Node', state: fits ? 'ok' : 'fault', text }];
}

/** Those with a native part: the others come or fail with them. */
const NATIVE = ['onnxruntime-node', 'sharp', 'libsql'] as const;

export const checkPackages: Check = async () => {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const broken: string[] = [];
  for (const name of NATIVE) {
    try {
      await import(name);
    } catch (error) {
      broken.push(`${name} (${sentenceOf(error)})`);
    }
  }
  const text =
    broken.length === 0 ? `${NATIVE.join(', ')} load` : `${broken.join('; ')} do not load; run npm ci`;
  return [{ about: 'packages', state: broken.length === 0 ? 'ok' : 'fault', text }];
};

/** Below this much free space pictures and the journal soon cannot be written; below the other it is worth knowing. */
const TOO_LITTLE = 100e6;
const LITTLE = 2e9;

export const checkFolders: Check = ({ modelsDir, comfyuiDir, dataDir }) => {
  const findings: Finding[] = [];
  const readable = (name: string, path: string, unreadable: Finding['state']) => {
    const folder = resolve(path);
    const isFolder = existsSync(folder) && statSync(folder).isDirectory();
    if (isFolder && may(folder, constants.R_OK | constants.X_OK))
      findings.push({ about: name, state: 'ok', text: `${folder} can be read` });
    else
      findings.push({ about: name, state: unreadable, text: `${folder} is not a folder that can be read` });
  };
  readable('MODELS_DIR', modelsDir, modelsDir === DEFAULT_MODELS_DIR ? 'note' : 'fault');
  if (comfyuiDir !== undefined) readable('COMFYUI_DIR', comfyuiDir, 'fault');
  return [...findings, dataFolder(resolve(dataDir))];
};

function dataFolder(folder: string): Finding {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  if (!statSync(there).isDirectory() || !may(there, constants.W_OK | constants.X_OK))
    return { about: 'DATA_DIR', state: 'fault', text: `${folder} cannot be created or written to` };
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const state = free < TOO_LITTLE ? 'fault' : free < LITTLE ? 'note' : 'ok';
  const made = there === folder ? 'can be written to' : 'can be created';
  return { about: 'DATA_DIR', state, text: `${folder} ${made}; ${bytesInWords(free)} free` };
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

export const checkPort: Check = async ({ host, port }) => {
  const problem = await new Promise<string | undefined>((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => done(undefined)));
  });
  const address = `${host}:${port}`;
  if (problem === undefined) return [{ about: 'port', state: 'ok', text: `${address} is free` }];
  // A running service holds its port: that is no fault of the set-up.
  if (problem === 'EADDRINUSE')
    return [
      {
        about: 'port',
        state: 'note',
        text: `${address} is taken, by Darkroom if it is already running; otherwise set PORT`,
      },
    ];
  return [{ about: 'port', state: 'fault', text: `${address} cannot be used (${problem})` }];
};

export const checkTables: Check = (settings) => {
  const { modelsDir, stylesFile, blocklistFile } = settings;
  const tries: readonly (readonly [about: string, read: () => unknown])[] = [
    ['models.json', () => readModelTable(modelsDir)],
    ...(stylesFile === undefined ? [] : ([['STYLES_FILE', () => readStyles(stylesFile)]] as const)),
    ...(blocklistFile === undefined ? [] : ([['BLOCKLIST_FILE', () => openWordCheck(settings)]] as const)),
  ];
  return tries.flatMap(([about, read]): Finding[] => {
    try {
      read();
      const isAbsent = about === 'models.json' && !existsSync(resolve(modelsDir, 'models.json'));
      return isAbsent ? [] : [{ about, state: 'ok', text: 'can be read' }];
    } catch (error) {
      return [{ about, state: 'fault', text: sentenceOf(error) }];
    }
  });
};
