/** Where the person stands: npm runs a script in the package's folder. */
import { dirname, resolve } from 'node:path';
import type { Environment } from '../../config/environment.ts';

/** @param script the npm script that may have started us; anything else is run from where it stands */
export function workingFolder(script: string, env: Environment, current: string): string {
  const { INIT_CWD, npm_lifecycle_event, npm_package_json } = env;
  const startedByNpm = npm_lifecycle_event === script && dirname(resolve(npm_package_json ?? '')) === current;
  return startedByNpm && INIT_CWD ? INIT_CWD : current;
}
