/** The environment, read once at the start: names and values in, typed settings out. Reads no file, sets nothing. */
import { isIP } from 'node:net';
import { type ClusterSettings, readClusterSettings } from './cluster-settings.ts';
import { credentialsOf } from './credentials.ts';
import { JOBS } from './defaults.ts';
import {
  DISCORD_SECRETS,
  type DiscordSettings,
  discordSecrets,
  readDiscordSettings,
} from './discord-settings.ts';
import {
  type Environment,
  isLoopback,
  readOneOf,
  readToken,
  readUnlessNo,
  readUrl,
  readWhole,
  readYes,
  wrongValue,
} from './environment.ts';
import { Fault } from './faults.ts';
import { expandHome } from './model-folders.ts';
import {
  readSlackSettings,
  SLACK_SECRETS,
  SLACK_TOKENS,
  type SlackSettings,
  slackSecrets,
} from './slack-settings.ts';

export { isLoopback } from './environment.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Rate {
  /** Requests at once. */
  readonly burst: number;
  /** Milliseconds until one more is allowed. */
  readonly every: number;
}

export interface Settings {
  /** Folder of weights. */
  readonly modelsDir: string;
  /** A ComfyUI installation whose models and tokenizers are used where they are. */
  readonly comfyuiDir?: string;
  /** Hugging Face's cache, where there is one: files of this model in it are used where they are. */
  readonly huggingFaceCache?: string;
  /** The user's own folder. */
  readonly home?: string;
  /** Folder of the journal, pictures and the graph cache. */
  readonly dataDir: string;
  /** Devices to use, or `auto`: all that pass the probe. */
  readonly devices: 'auto' | readonly string[];
  readonly precision: Precision;
  /** GiB that models may take on each card; what the card has free, less a reserve, where absent. */
  readonly gpuMemory?: number;
  /** The operator accepted the licence of Stability's own weights. */
  readonly stabilityLicenseAccepted: boolean;
  readonly logLevel: LogLevel;
  /** Where traces of jobs go: the base address of a receiver of OpenTelemetry's protocol. None are made without. */
  readonly tracesUrl?: string;
  /** Where the studio page, health and metrics listen. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Password of the studio page and bearer token of scripts; without it only this machine is let in. */
  readonly apiToken?: string;
  /** Addresses and networks of proxies in front of the page, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[];
  /** Requests that may wait, in all and of one person. */
  readonly maxWaiting: number;
  readonly maxWaitingPerPerson: number;
  /** Requests in a time, waiting or not: of one person and in one channel. */
  readonly personRate: Rate;
  readonly channelRate: Rate;
  /** Styles of the operator, as CSV, over the built-in ones. */
  readonly stylesFile?: string;
  /** People in the chats and on the page may name LoRA files and ControlNets. */
  readonly loras: boolean;
  /** They may run workflows that a PNG carries. */
  readonly workflows: boolean;
  /** Words that are not allowed in prompts. */
  readonly blocklistFile?: string;
  /** Also in negative prompts, where people name what they do not want to see. */
  readonly blocklistNegative: boolean;
  /** With it the service joins Discord. */
  readonly discord?: DiscordSettings;
  /** With it the service joins Slack. */
  readonly slack?: SlackSettings;
  /** Several machines share the work. */
  readonly cluster?: ClusterSettings;
}

/** What tokens of the chats look like: those that no setting knows must not be shown either. */
export const TOKENS: readonly RegExp[] = [SLACK_TOKENS];

/** Everything that must never be shown, in a log or elsewhere: values, and what looks like a token. */
export function secretsOf({ apiToken, discord, slack, cluster }: Settings): (string | RegExp)[] {
  return [
    ...(apiToken === undefined ? [] : [apiToken]),
    ...(discord === undefined ? [] : discordSecrets(discord)),
    ...(slack === undefined ? [] : slackSecrets(slack)),
    ...(cluster === undefined ? [] : [cluster.key, ...credentialsOf(cluster.redisUrl)]),
    ...TOKENS,
  ];
}

/** Where weights are looked for when nobody says; it need not exist. */
export const DEFAULT_MODELS_DIR = './models';

const DEVICE = /^(cpu|webgpu|dml|coreml|(cpu|cuda):(0|[1-9]\d?))$/;
/** `cpu:0`, `cpu:1`: several workers on the one processor, which share its cores. */
export const DEVICE_ALLOWED = 'cpu, cpu:N, cuda:N (N from 0 to 99), webgpu, dml or coreml';

/** Before the address of a ComfyUI that runs already, in a list of devices. */
const COMFYUI = 'comfyui:';

/** The address of a ComfyUI server that a list of devices names, without a slash at its end; undefined for any other device. */
export function comfyuiAddress(device: string): string | undefined {
  if (!device.startsWith(COMFYUI)) return undefined;
  const address = device.slice(COMFYUI.length);
  if (address.length > 500 || !URL.canParse(address)) return undefined;
  const { protocol, username, password, search, hash } = new URL(address);
  const isPlain = username === '' && password === '' && search === '' && hash === '';
  return /^https?:$/.test(protocol) && isPlain ? address.replace(/(?<!\/)\/+$/, '') : undefined;
}

/** The devices of this machine: without the ComfyUI servers in the list; `auto` where it names only those. */
export function devicesHere(devices: Settings['devices']): Settings['devices'] {
  if (devices === 'auto') return devices;
  const here = devices.filter((name) => comfyuiAddress(name) === undefined);
  return here.length === 0 ? 'auto' : here;
}

/** Arithmetic of the transformer: `auto` is float16 on a card that has it, float32 on a processor. */
export const PRECISIONS = ['auto', 'float32', 'float16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Whether a device of that name is the processor. */
export function isProcessor(name: string): boolean {
  return /^cpu(:|$)/.test(name);
}

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
  // Whoever writes ~ or $HOME into .env means their own folder; no shell has read it.
  const path = (name: string) => {
    const given = value(name);
    return given === undefined ? undefined : expandHome(given, env);
  };
  const comfyuiDir = path('COMFYUI_DIR');
  const huggingFaceCache = cacheOfHuggingFace(env);
  const home = value('HOME') ?? value('USERPROFILE');
  const apiToken = readToken('API_TOKEN', value('API_TOKEN'));
  const trustedProxies = readProxies(value('TRUSTED_PROXIES'));
  const stylesFile = path('STYLES_FILE');
  const blocklistFile = path('BLOCKLIST_FILE');
  // First: a worker is told that it must have no token, not what else the token needs.
  const cluster = readClusterSettings(env, [...DISCORD_SECRETS, ...SLACK_SECRETS]);
  const discord = readDiscordSettings(env);
  const slack = readSlackSettings(env);
  const gpuMemory = readGigabytes('GPU_MEMORY', value('GPU_MEMORY'));
  const traces = value('OTEL_EXPORTER_OTLP_ENDPOINT');
  return {
    modelsDir: path('MODELS_DIR') ?? DEFAULT_MODELS_DIR,
    ...(comfyuiDir === undefined ? {} : { comfyuiDir }),
    ...(huggingFaceCache === undefined ? {} : { huggingFaceCache }),
    ...(home === undefined ? {} : { home }),
    dataDir: path('DATA_DIR') ?? './data',
    devices: readDevices(value('DEVICES')),
    precision: readOneOf('PRECISION', value('PRECISION'), PRECISIONS, 'auto'),
    ...(gpuMemory === undefined ? {} : { gpuMemory }),
    stabilityLicenseAccepted: readYes('STABILITY_LICENSE_ACCEPTED', value('STABILITY_LICENSE_ACCEPTED')),
    logLevel: readOneOf('LOG_LEVEL', value('LOG_LEVEL'), LOG_LEVELS, 'info'),
    ...(traces === undefined ? {} : { tracesUrl: readUrl('OTEL_EXPORTER_OTLP_ENDPOINT', traces, '') }),
    // A worker has no page: its health and metrics are numbers.
    host: readHost(value('HOST'), apiToken !== undefined || cluster?.role === 'worker'),
    port: readWhole('PORT', value('PORT'), 0, 65_535, 3535),
    ...(apiToken === undefined ? {} : { apiToken }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    maxWaiting: readWhole('MAX_WAITING', value('MAX_WAITING'), 1, 10_000, JOBS.waiting),
    maxWaitingPerPerson: readWhole(
      'MAX_WAITING_PER_PERSON',
      value('MAX_WAITING_PER_PERSON'),
      1,
      10_000,
      JOBS.waitingOfPerson,
    ),
    personRate: {
      burst: readWhole(
        'MAX_AT_ONCE_PER_PERSON',
        value('MAX_AT_ONCE_PER_PERSON'),
        1,
        10_000,
        JOBS.personRate.burst,
      ),
      every: readEvery(
        'MAX_PER_MINUTE_PER_PERSON',
        value('MAX_PER_MINUTE_PER_PERSON'),
        JOBS.personRate.every,
      ),
    },
    channelRate: {
      burst: readWhole(
        'MAX_AT_ONCE_PER_CHANNEL',
        value('MAX_AT_ONCE_PER_CHANNEL'),
        1,
        10_000,
        JOBS.channelRate.burst,
      ),
      every: readEvery(
        'MAX_PER_MINUTE_PER_CHANNEL',
        value('MAX_PER_MINUTE_PER_CHANNEL'),
        JOBS.channelRate.every,
      ),
    },
    ...(stylesFile === undefined ? {} : { stylesFile }),
    loras: readUnlessNo('LORAS', value('LORAS')),
    workflows: readUnlessNo('WORKFLOWS', value('WORKFLOWS')),
    ...(blocklistFile === undefined ? {} : { blocklistFile }),
    blocklistNegative: readYes('BLOCKLIST_NEGATIVE', value('BLOCKLIST_NEGATIVE')),
    ...(discord === undefined ? {} : { discord }),
    ...(slack === undefined ? {} : { slack }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** As huggingface_hub finds it. */
function cacheOfHuggingFace(env: Environment): string | undefined {
  const given = env.HF_HUB_CACHE?.trim();
  if (given) return expandHome(given, env);
  const home = env.HF_HOME?.trim();
  if (home) return `${expandHome(home, env)}/hub`;
  const caches = env.XDG_CACHE_HOME?.trim();
  const user = env.HOME || env.USERPROFILE;
  const folder = caches || (user ? `${user}/.cache` : undefined);
  return folder === undefined ? undefined : `${folder}/huggingface/hub`;
}

/** Whoever reaches the page can make and delete pictures: beyond this machine only with the token. */
function readHost(value: string | undefined, hasToken: boolean): string {
  const host = (value ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1');
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) {
    throw new Fault('settings.value', { name: 'HOST', value: host, allowed: 'an address or host name' });
  }
  if (isLoopback(host) || hasToken) return host;
  const allowed = '127.0.0.1, ::1 or localhost, since API_TOKEN is not set; any address with it';
  throw new Fault('settings.value', { name: 'HOST', value: host, allowed });
}

/** What `loopback` stands for. */
const LOOPBACK = ['127.0.0.0/8', '::1'];

/** An address, or a network of so many bits. */
function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (longest < 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
}

function readProxies(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const names = value.split(',').map((name) => name.trim());
  const networks = names.flatMap((name) => (name === 'loopback' ? LOOPBACK : [name]));
  if (networks.every(isNetwork)) return networks;
  const allowed = 'a list of addresses, networks such as 10.0.0.0/8, and "loopback" for this machine';
  throw new Fault('settings.value', { name: 'TRUSTED_PROXIES', value, allowed });
}

const MINUTE = 60_000;

/** So many a minute, as milliseconds from one to the next. */
function readEvery(name: string, value: string | undefined, ifAbsent: number): number {
  return MINUTE / readWhole(name, value, 1, 10_000, MINUTE / ifAbsent);
}

function readGigabytes(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const size = /^\d{1,4}(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
  if (size >= 1 && size <= 1024) return size;
  throw new Fault('settings.value', { name, value, allowed: 'GiB, a number from 1 to 1024 such as 7.5' });
}

function readDevices(value: string | undefined): Settings['devices'] {
  if (value === undefined || value === 'auto') return 'auto';
  const names = value.split(',').map((name) => name.trim());
  const isOne = (name: string) => isDeviceName(name) || comfyuiAddress(name) !== undefined;
  if (!names.every(isOne) || new Set(names).size !== names.length) {
    throw wrongValue(
      'DEVICES',
      value,
      `auto, or a list without repetition of ${DEVICE_ALLOWED}, or comfyui:http://host:8188 without a password, such as cpu:0,cpu:1`,
    );
  }
  return names;
}
