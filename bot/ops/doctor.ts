/** `npm run doctor`: the whole set-up tried without starting the service or joining a chat, one line each. */
import { readSettings, type Settings, secretsOf } from '../../config/settings.ts';
import { checkDiscord, checkSlack } from './doctor-chats.ts';
import type { Check, DoctorWorld, Finding } from './doctor-check.ts';
import { sentenceOf } from './doctor-check.ts';
import { checkFolders, checkMachine, checkPackages, checkPort, checkTables } from './doctor-machine.ts';
import { checkDevices, checkModels } from './doctor-models.ts';
import { checkRedis } from './doctor-redis.ts';
import { hide } from './log.ts';

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
  const secrets: (string | RegExp)[] = [];
  const tell = (finding: Finding) => {
    const told = { ...finding, text: hide(finding.text, secrets) };
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
