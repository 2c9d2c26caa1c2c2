/** `npm run doctor`: the whole set-up tried without starting the service or joining a chat, one line each. */
import type { Environment } from '../../config/environment.ts';
import { Fault } from '../../config/faults.ts';
import { readSettings, type Settings, secretsOf } from '../../config/settings.ts';
import { checkDiscord, checkSlack } from './doctor-chats.ts';
import { checkFolders, checkMachine, checkPackages, checkPort, checkTables } from './doctor-machine.ts';
import { checkDevices, checkModels } from './doctor-models.ts';
import { checkRedis } from './doctor-redis.ts';

/** `ok`, `note`: works, but worth knowing; `fault`: something that is configured cannot work. */
export interface Finding {
  readonly about: string;
  readonly state: 'ok' | 'note' | 'fault';
  readonly text: string;
}

export interface DoctorWorld {
  readonly env: Environment;
  readonly fetch: typeof globalThis.fetch;
  /** Such as `v20.19.0`. */
  readonly nodeVersion: string;
  readonly tell: (finding: Finding) => void;
}

export type Check = (
  settings: Settings,
  world: DoctorWorld,
) => Promise<readonly Finding[]> | readonly Finding[];

const CHECKS: readonly (readonly [about: string, check: Check])[] = [
  ['packages', checkPackages],
  ['folders', checkFolders],
  ['port', checkPort],
  ['tables', checkTables],
  ['devices', checkDevices],
  ['models', checkModels],
  ['Discord', checkDiscord],
  ['Slack', checkSlack],
  ['Redis', checkRedis],
];

/** Tells each finding as soon as it is there, and gives all of them. Never throws. */
export async function examine(world: DoctorWorld): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const secrets: string[] = [];
  const tell = (finding: Finding) => {
    const told = { ...finding, text: withoutSecrets(finding.text, secrets) };
    findings.push(told);
    world.tell(told);
  };
  for (const finding of checkMachine(world.nodeVersion)) tell(finding);
  let settings: Settings;
  try {
    settings = readSettings(world.env);
    secrets.push(...secretsOf(settings));
  } catch (error) {
    tell({ about: 'settings', state: 'fault', text: sentenceOf(error) });
    return findings;
  }
  tell({ about: 'settings', state: 'ok', text: 'every value of the environment and of .env is allowed' });
  for (const [about, check] of CHECKS) {
    try {
      for (const finding of await check(settings, world)) tell(finding);
    } catch (error) {
      tell({ about, state: 'fault', text: sentenceOf(error) });
    }
  }
  return findings;
}

/** One line, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof Fault ? text : text.split('\n')[0]!.slice(0, 300);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '(hidden)'), text);
}
