/** The environment, read once at the start: names and values in, typed settings out. Reads no file, sets nothing. */
import { Fault } from './faults.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Settings {
  /** Folder of weights. */
  readonly modelsDir: string;
  /** A ComfyUI installation whose models and tokenizers are used where they are. */
  readonly comfyuiDir?: string;
  /** Folder of the journal, pictures and the graph cache. */
  readonly dataDir: string;
  /** Devices to use, or `auto`: all that pass the probe. */
  readonly devices: 'auto' | readonly string[];
  /** The operator accepted the licence of Stability's own weights. */
  readonly stabilityLicenseAccepted: boolean;
  readonly logLevel: LogLevel;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where weights are looked for when nobody says; it need not exist. */
export const DEFAULT_MODELS_DIR = './models';

const DEVICE = /^(cpu|webgpu|cuda:(0|[1-9]\d?))$/;
export const DEVICE_ALLOWED = 'cpu, webgpu or cuda:N (N from 0 to 99)';

/** True for a device name that `--device` and `DEVICES` accept; whether the machine has it is found out later. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name);
}

/**
 * Settings from an environment. An empty value counts as absent, so that `NAME=` in a file means the default.
 * @throws Fault `settings.value`: the name, the value, what is allowed.
 */
export function readSettings(env: Environment): Settings {
  const value = (name: string) => env[name]?.trim() || undefined;
  const comfyuiDir = value('COMFYUI_DIR');
  return {
    modelsDir: value('MODELS_DIR') ?? DEFAULT_MODELS_DIR,
    ...(comfyuiDir === undefined ? {} : { comfyuiDir }),
    dataDir: value('DATA_DIR') ?? './data',
    devices: readDevices(value('DEVICES')),
    stabilityLicenseAccepted: readYes('STABILITY_LICENSE_ACCEPTED', value('STABILITY_LICENSE_ACCEPTED')),
    logLevel: readOneOf('LOG_LEVEL', value('LOG_LEVEL'), LOG_LEVELS, 'info'),
  };
}

function readDevices(value: string | undefined): Settings['devices'] {
  if (value === undefined || value === 'auto') return 'auto';
  const names = value.split(',').map((name) => name.trim());
  if (!names.every(isDeviceName) || new Set(names).size !== names.length) {
    throw new Fault('settings.value', {
      name: 'DEVICES',
      value,
      allowed: `auto, or a list without repetition of ${DEVICE_ALLOWED}`,
    });
  }
  return names;
}

function readYes(name: string, value: string | undefined): boolean {
  return readOneOf(name, value, ['yes', 'no'] as const, 'no') === 'yes';
}

function readOneOf<const T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
  otherwise: T,
): T {
  if (value === undefined) return otherwise;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Fault('settings.value', { name, value, allowed: allowed.join(', ') });
  return found;
}
