/** Ids of buttons and forms: all that is needed to act on them, however old the message is. */

import { FOLLOW_UP_ACTIONS } from '../../commands/follow-up.ts';
import { isJobId } from '../jobs/job-id.ts';
import type { Action } from '../messages/card.ts';

export type Pressed =
  /** A button of a job; `picture` counts from 0. */
  | { readonly kind: 'job'; readonly action: Action; readonly job: string; readonly picture: number }
  /** The Remix form. */
  | { readonly kind: 'remix_form'; readonly job: string }
  /** The form for a message's picture. */
  | { readonly kind: 'use_form'; readonly channel: string; readonly message: string }
  /** A menu of the server's settings. */
  | { readonly kind: 'server'; readonly setting: ServerSetting }
  /** Opens the form of somebody's own defaults, or the server's. */
  | { readonly kind: 'settings'; readonly owner: Owner }
  /** That form. */
  | { readonly kind: 'settings_form'; readonly owner: Owner }
  /** A button that stands for a typed command. */
  | { readonly kind: 'typed'; readonly line: string };

const SETTINGS = ['model', 'style', 'roles', 'channels', 'ages', 'quota'] as const;
export type ServerSetting = (typeof SETTINGS)[number];

const OWNERS = ['person', 'server'] as const;
export type Owner = (typeof OWNERS)[number];

export function buttonId(action: Action, job: string, picture = 0): string {
  return `v1:${action}:${job}${picture === 0 ? '' : `:${picture}`}`;
}

export const remixFormId = (job: string) => `v1:remix_form:${job}`;
export const useFormId = (channel: string, message: string) => `v1:use_form:${channel}:${message}`;
export const serverId = (setting: ServerSetting) => `v1:server:${setting}`;
export const settingsId = (owner: Owner) => `v1:settings:${owner}`;
export const settingsFormId = (owner: Owner) => `v1:settings_form:${owner}`;
export const typedId = (line: string) => `v1:typed:${line}`;

/** What an id stands for; undefined for one that is not ours. */
export function readCustomId(id: string): Pressed | undefined {
  const [version, kind = '', first = '', second] = id.split(':');
  if (version !== 'v1') return undefined;
  if (kind === 'typed') return { kind, line: id.slice('v1:typed:'.length) };
  if (kind === 'use_form' && second !== undefined) return { kind, channel: first, message: second };
  const setting = SETTINGS.find((one) => one === first);
  if (kind === 'server' && setting !== undefined) return { kind, setting };
  const owner = OWNERS.find((one) => one === first);
  if ((kind === 'settings' || kind === 'settings_form') && owner !== undefined) return { kind, owner };
  if (!isJobId(first)) return undefined;
  if (kind === 'remix_form') return { kind, job: first };
  const action = FOLLOW_UP_ACTIONS.find((one) => one === kind);
  const picture = second === undefined ? 0 : Number(second);
  if (action === undefined || !(picture >= 0 && picture < 10)) return undefined;
  return { kind: 'job', action, job: first, picture };
}
