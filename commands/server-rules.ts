/** What those who manage a server have decided for it: defaults, and who may make pictures where, and how many. */
import { Fault } from '../config/faults.ts';
import { type PersonSettings, readPersonSettings, withPersonalDefaults } from './personal-defaults.ts';

/** Requests of one person in so many milliseconds are what the quota counts. */
export const QUOTA_TIME = 24 * 3_600_000;

/** The defaults are used where neither the request nor the person says anything. */
export interface ServerSettings extends Omit<PersonSettings, 'language' | 'aspect'> {
  /** Ids; everybody where absent. */
  readonly roles?: readonly string[];
  /** Ids; everywhere where absent. */
  readonly channels?: readonly string[];
  /** Only in channels that the platform marks as age-restricted. */
  readonly adultsOnly?: true;
  /** Requests of one person in `QUOTA_TIME`. */
  readonly quota?: number;
}

/** Settings from what was kept; anything that is no setting is left out. */
export function readServerSettings(kept: { readonly [name: string]: unknown }): ServerSettings {
  const ids = (value: unknown) => (Array.isArray(value) && value.length > 0 ? value.map(String) : undefined);
  const { language: _, aspect: __, ...defaults } = readPersonSettings(kept);
  const found = {
    ...defaults,
    roles: ids(kept.roles),
    channels: ids(kept.channels),
    adultsOnly: kept.adultsOnly === true ? true : undefined,
    quota: Number.isInteger(kept.quota) && Number(kept.quota) > 0 ? Number(kept.quota) : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The options with the server's defaults filled in, where neither the person nor their own defaults say anything. */
export function withServerDefaults(
  given: Parameters<typeof withPersonalDefaults>[0],
  settings: ServerSettings,
  installation: Parameters<typeof withPersonalDefaults>[2],
) {
  return withPersonalDefaults(given, settings, installation);
}

/** Somebody who asks for a picture on a server. */
export interface ServerAsker {
  /** They may manage the server: roles and quota do not bind them. */
  readonly manages: boolean;
  readonly roles: readonly string[];
  /** The channel and, for a thread, the one that it belongs to. */
  readonly channels: readonly string[];
  readonly isAgeRestricted: boolean;
  /** When they made their last requests there, newest first, at most so many. Milliseconds since 1970. */
  readonly requests: (limit: number) => readonly number[];
  readonly now: number;
  /** What an id is called, for sentences. */
  readonly nameOf: (id: string) => string;
}

/** @throws Fault `server.channel`, `server.adults`, `server.role`, `server.quota` */
export function checkServerRules(settings: ServerSettings, asker: ServerAsker): void {
  const { roles, channels, adultsOnly, quota } = settings;
  const named = (ids: readonly string[]) => ids.map(asker.nameOf).join(', ');
  if (channels !== undefined && !asker.channels.some((one) => channels.includes(one))) {
    throw new Fault('server.channel', { channels: named(channels) });
  }
  if (adultsOnly && !asker.isAgeRestricted) throw new Fault('server.adults', {});
  if (asker.manages) return;
  if (roles !== undefined && !asker.roles.some((one) => roles.includes(one))) {
    throw new Fault('server.role', { roles: named(roles) });
  }
  if (quota === undefined) return;
  const oldest = asker.requests(quota)[quota - 1];
  const wait = oldest === undefined ? 0 : oldest + QUOTA_TIME - asker.now;
  if (wait <= 0) return;
  throw new Fault('server.quota', { limit: quota, retry_after_h: Math.ceil(wait / 3_600_000) });
}
