/**
 * Builds a stage of a Dockerfile as plain folders: each stage is a root of its own, and its RUN steps run in there (chroot
 * in a mount namespace, so that nothing is left behind). Needs root; no container engine.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { commandOf, type Stage } from './dockerfile.ts';

export interface Built {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** uid:gid */
  readonly user: string;
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface BuildOptions {
  /** The repository. */
  readonly context: string;
  /** Under which stages are made. */
  readonly work: string;
  /** A root for each image that a stage is built upon. */
  readonly baseOf: (image: string) => string;
  /** Variables that RUN steps are given besides the image's own: how this machine reaches the package registry. */
  readonly outside: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** What the official image of Node sets. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The command line that runs a command in a root as somebody. @param user uid:gid */
export function inRoot(
  root: string,
  user: string,
  folder: string,
  command: readonly string[],
): readonly string[] {
  const mounts =
    'root=$1 user=$2 folder=$3; shift 3; mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" && ' +
    'exec chroot --userspec="$user" "$root" /bin/sh -c \'cd "$0" && exec "$@"\' "$folder" "$@"';
  const namespaces = ['unshare', '--mount', '--propagation', 'slave', 'bash', '-c'];
  return [...namespaces, mounts, 'in-root', root, user, folder, ...command];
}

export function build(stages: readonly Stage[], target: string, options: BuildOptions): Built {
  const { context, work, baseOf, outside, say } = options;
  const stage = stages.find(({ name }) => name === target);
  if (stage === undefined) throw new Error(`no stage is called ${target}`);
  const before = stages.some(({ name }) => name === stage.from)
    ? build(stages, stage.from, options)
    : undefined;
  const root = path.join(work, target);
  const known = built.get(root);
  if (known !== undefined) return known;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  execFileSync('cp', ['-a', `${before?.root ?? baseOf(stage.from)}/.`, root]);
  let { env, folder, user, cmd, healthcheck } = before ?? {
    env: { PATH, HOME: '/root' },
    folder: '/',
    user: '0:0',
    cmd: [] as readonly string[],
    healthcheck: [] as readonly string[],
  };
  for (const { name, rest, line } of stage.instructions) {
    say(`${target}: ${name} ${rest.slice(0, 100)}`);
    switch (name) {
      case 'WORKDIR':
        folder = rest;
        mkdirSync(path.join(root, folder), { recursive: true });
        break;
      case 'ENV':
        env = { ...env, ...Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split('='))) };
        break;
      case 'USER':
        user = rest;
        break;
      case 'COPY': {
        const words = rest.split(/\s+/);
        const from = words[0]!.startsWith('--from=') ? words.shift()!.slice('--from='.length) : undefined;
        const source = from === undefined ? context : build(stages, from, options).root;
        if (from === undefined) for (const word of words.slice(0, -1)) mustBeLetThrough(word);
        const to = path.join(root, path.resolve(folder, words.at(-1)!));
        for (const word of words.slice(0, -1)) copy(path.join(source, word), to, words.at(-1)!.endsWith('/'));
        break;
      }
      case 'RUN': {
        const [command, ...args] = inRoot(root, user, folder, commandOf(rest));
        execFileSync(command!, args, {
          env: { ...env, ...outside },
          stdio: ['ignore', 'inherit', 'inherit'],
        });
        break;
      }
      case 'HEALTHCHECK':
        healthcheck = commandOf(rest.slice(rest.indexOf('CMD ') + 'CMD '.length));
        break;
      case 'CMD':
        cmd = commandOf(rest);
        break;
      case 'VOLUME':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`line ${line}: ${name} is not built`);
    }
  }
  const made = { root, env, folder, user, cmd, healthcheck };
  built.set(root, made);
  return made;
}

const built = new Map<string, Built>();

/** As COPY does: a folder's content, or a file; times in whole seconds, as layers keep them. */
function copy(from: string, to: string, intoFolder: boolean): void {
  if (!existsSync(from)) throw new Error(`COPY: ${from} is not there`);
  const isFile = execFileSync('stat', ['-c', '%F', from], { encoding: 'utf8' }).startsWith('regular');
  if (isFile) {
    mkdirSync(intoFolder ? to : path.dirname(to), { recursive: true });
    cpSync(from, intoFolder ? path.join(to, path.basename(from)) : to, { preserveTimestamps: true });
    return;
  }
  mkdirSync(to, { recursive: true });
  const ignored = ignoredIn(from);
  const tar = ['tar', '--format=gnu', ...ignored.map((name) => `--exclude=./${name}`)];
  const script = `${tar.join(' ')} -C "$0" -c . | tar -C "$1" -x --no-same-owner`;
  execFileSync('bash', ['-o', 'pipefail', '-c', script, from, to]);
}

const DOCKERIGNORE = readFileSync(path.join(import.meta.dirname, '../../.dockerignore'), 'utf8').split('\n');

/** Ours leaves out everything but what it names. @throws Error */
function mustBeLetThrough(name: string): void {
  if (!DOCKERIGNORE.includes(`!${name.replace('./', '')}`))
    throw new Error(`COPY: .dockerignore keeps ${name} away from the build`);
}

/** What it leaves out again of a folder that is copied. */
function ignoredIn(folder: string): string[] {
  return DOCKERIGNORE.filter((line) => line !== '' && !line.startsWith('!') && line !== '*')
    .filter((line) => folder.endsWith(`/${path.dirname(line)}`))
    .map((line) => path.basename(line));
}
