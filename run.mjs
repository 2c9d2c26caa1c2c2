/**
 * Starts a program of ours: `node run.mjs bot/main.ts ...`. TypeScript is compiled at the first start after a change
 * (half a second) and kept in `.cache/compiled`; where that cannot be written, tsx reads the sources at every start.
 * `node run.mjs --compile` only compiles.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = path.dirname(fileURLToPath(import.meta.url));
const ROOMS = ['bot', 'commands', 'config', 'pipeline'];
const KEPT = path.join(ROOT, '.cache', 'compiled');
/**
 * Everything that is started as a process. What programs that are compiled together share lies in files of its own, one
 * for each set of programs that share something: a picture of the terminal would wait for thirty files instead of ten.
 */
const FOR_A_PICTURE = [
  'bot/devices/early-worker.ts',
  'bot/terminal/main.ts',
  'pipeline/probe.ts',
  'pipeline/worker.ts',
];
const OTHERS = [
  'bot/main.ts',
  'bot/slack/print-manifest.ts',
  'bot/terminal/backup-main.ts',
  'bot/terminal/doctor-main.ts',
  'bot/terminal/models-main.ts',
  'bot/terminal/setup-gpu-main.ts',
];
const PROGRAMS = [...OTHERS, ...FOR_A_PICTURE];
/** Whoever starts it sees at once that something happens: compiling and opening take seconds on a slow machine. */
const SERVICE = 'bot/main.ts';

function say(line) {
  try {
    writeSync(process.stdout.fd, `${line}\n`);
  } catch {
    // Nobody reads it.
  }
}

/**
 * Packages that are compiled along: of each only what is used, in one file instead of up to a hundred that are looked for
 * one by one. The rest stays where npm has put it: what is machine code, what asks where it lies, what is loaded rarely.
 */
const COMPILED_ALONG = ['zod', 'intl-messageformat', 'p-queue', 'lru-cache', 'csv-parse'];
/** What those ask for that were written for `require`. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** The one file that asks where the programs are, and so must hear of the compiled ones. */
const TELLS_PROGRAMS = path.join(ROOT, 'bot/devices/programs.ts');

/** The folder of the compiled programs; undefined where they could not be made. */
async function compiled() {
  const folder = path.join(KEPT, stampOfSources());
  if (existsSync(folder)) return folder;
  if (program === SERVICE) say('Compiling it first, as after every change of its files.');
  try {
    // Not a folder of mkdtemp's, which its maker alone may enter: root compiles for the user of a container.
    const draft = path.join(KEPT, `draft-${process.pid}-${randomUUID()}`);
    mkdirSync(draft, { recursive: true });
    await compile(draft, folder);
    try {
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    for (const name of readdirSync(KEPT))
      if (name !== path.basename(folder)) rmSync(path.join(KEPT, name), { recursive: true, force: true });
    return folder;
  } catch {
    return undefined;
  }
}

/** Changes with every source that is written to. */
function stampOfSources() {
  const hash = createHash('sha256').update(`${process.version} ${ROOT}`);
  const look = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) look(file);
      else if (/\.(ts|json)$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(file);
        hash.update(`${file} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const room of ROOMS) look(path.join(ROOT, room));
  for (const name of ['run.mjs', 'package-lock.json', 'models/nano/words.json'])
    hash.update(`${statSync(path.join(ROOT, name)).mtimeMs}`);
  return hash.digest('hex').slice(0, 24);
}

async function compile(draft, folder) {
  const { build, stop } = await import('esbuild');
  const options = {
    absWorkingDir: ROOT,
    outdir: draft,
    outbase: ROOT,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: REQUIRE },
    logLevel: 'silent',
    plugins: [
      { name: 'packages', setup: (esbuild) => esbuild.onResolve({ filter: /^[^./]/ }, fromPackage) },
      { name: 'places', setup: (esbuild) => esbuild.onLoad({ filter: /\.ts$/ }, placed(folder)) },
    ],
  };
  const isThere = (program) => existsSync(path.join(ROOT, program));
  await Promise.all(
    [FOR_A_PICTURE, OTHERS].map((programs) => build({ ...options, entryPoints: programs.filter(isThere) })),
  );
  // Its process would stay for as long as ours.
  await stop();
}

function fromPackage({ path: name, importer }) {
  const isAlong =
    importer.includes(`${path.sep}node_modules${path.sep}`) ||
    COMPILED_ALONG.some((one) => name === one || name.startsWith(`${one}/`));
  return isAlong && !isBuiltin(name) ? undefined : { path: name, external: true };
}

/** What a module asks about its own place is answered with that of its source: pictures, tables and pages lie there. */
function placed(folder) {
  return async ({ path: file }) => {
    const source = await readFile(file, 'utf8');
    const place = file === TELLS_PROGRAMS ? path.join(folder, 'bot/devices/programs.js') : file;
    const contents = source
      .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(place)))
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href));
    return { contents, loader: 'ts' };
  };
}

const [program = '', ...args] = process.argv.slice(2);
if (program === SERVICE) say('Darkroom is starting; its address follows.');
const folder = await compiled();
if (program === '--compile') process.exit(folder === undefined ? 1 : 0);
if (!PROGRAMS.includes(program)) {
  process.stderr.write(`node run.mjs PROGRAM: one of ${PROGRAMS.join(', ')}\n`);
  process.exit(2);
}
const source = path.join(ROOT, program);
process.argv.splice(1, 2, source);
if (folder === undefined) (await import('tsx/esm/api')).register();
const open = (name) =>
  import(
    pathToFileURL(folder === undefined ? path.join(ROOT, name) : path.join(folder, name.replace(/ts$/, 'js')))
      .href
  );
if (
  program === 'bot/terminal/main.ts' &&
  folder !== undefined &&
  !args.some((arg) => /^(--help|-h)$/.test(arg))
)
  (await open('bot/devices/early-worker.ts')).startEarly();
await open(program);
