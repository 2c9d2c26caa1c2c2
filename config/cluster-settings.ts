/** Several machines: which part this process plays, and how it reaches the others. */
import { type Environment, readOneOf, wrongValue } from './environment.ts';
import { Fault } from './faults.ts';

export interface ClusterSettings {
  /** `bot`: chats, page and journal, no device. `worker`: devices, no chat. */
  readonly role: 'bot' | 'worker';
  /** `redis:` or `rediss:`, perhaps with a name and password. */
  readonly redisUrl: string;
  /** Keeps several teams on one Redis apart. */
  readonly queueName: string;
  /** What a bot and its workers know each other by, and seal what they say with. */
  readonly key: string;
  /** What the worker is called in lists of devices. */
  readonly workerName: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

/**
 * @param secretsOfChats names of what a worker has no use for, and must not hold
 * @throws Fault `settings.value`
 */
export function readClusterSettings(
  env: Environment,
  secretsOfChats: readonly string[],
): ClusterSettings | undefined {
  const value = (name: string) => env[name]?.trim() || undefined;
  const role = readOneOf('ROLE', value('ROLE'), ['bot', 'worker', ''] as const, '');
  const redisUrl = value('REDIS_URL');
  // A REDIS_URL alone may be meant for another program on the machine: the doctor says that it is not used.
  if (role === '') return undefined;
  const key = value('WORKER_KEY');
  if (redisUrl === undefined || !URL.canParse(redisUrl) || !/^rediss?:$/.test(new URL(redisUrl).protocol))
    throw wrongValue('REDIS_URL', redisUrl ?? '', `redis://host:6379 or rediss://..., since ROLE is ${role}`);
  if (key === undefined || key.length < 16) {
    const allowed = `16 characters or more, the same on the bot and all its workers, since ROLE is ${role}`;
    throw new Fault('settings.value', {
      name: 'WORKER_KEY',
      value: key === undefined ? '' : '(hidden)',
      allowed,
    });
  }
  const devices = value('DEVICES');
  if (role === 'bot' && devices !== undefined && devices !== 'auto' && !/^ *comfyui:/.test(devices))
    throw wrongValue(
      'DEVICES',
      devices,
      'auto or ComfyUI servers, since ROLE is bot: its devices are the workers’',
    );
  if (role === 'worker') {
    const held = secretsOfChats.find((name) => value(name) !== undefined);
    if (held !== undefined) {
      const allowed = 'nothing where ROLE is worker: only the bot joins chats';
      throw new Fault('settings.value', { name: held, value: '(hidden)', allowed });
    }
  }
  return {
    role,
    redisUrl,
    queueName: readName('QUEUE_NAME', value('QUEUE_NAME') ?? 'darkroom'),
    key,
    workerName: readName('WORKER_NAME', value('WORKER_NAME') ?? value('HOSTNAME') ?? 'worker'),
  };
}

function readName(name: string, value: string): string {
  if (NAME.test(value)) return value;
  throw wrongValue(name, value, 'up to 60 letters, digits, dots, dashes and underscores');
}
