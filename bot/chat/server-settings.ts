/** The settings of a server: shown as menus to whoever may manage it, and what is chosen there is kept at once. */
import { isDeepStrictEqual } from 'node:util';
import type { Given, ReplyField } from '../../commands/command.ts';
import type { Installation } from '../../commands/installation.ts';
import { serverDefaultFields, withServerChanges } from '../../commands/server-defaults.ts';
import { readServerSettings, type ServerSettings } from '../../commands/server-rules.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { type MessageKey, say } from '../../config/messages.ts';
import type { ChatDependencies } from './chat-dependencies.ts';
import type { Context } from './context.ts';
import { type ServerSetting, serverId } from './custom-id.ts';
import { respond } from './on-command.ts';

export interface ServerPanel {
  readonly title: string;
  readonly about: string;
  /** What is typed instead of chosen. */
  readonly fields: readonly ReplyField[];
  readonly menus: readonly ServerMenu[];
}

/** What was chosen in a menu of the panel, or typed with the command. */
export type ServerChange =
  | { readonly setting: ServerSetting; readonly values: readonly string[] }
  /** @throws Fault */
  | { readonly read: () => Given };

export interface ServerMenu {
  /** Comes back with what was chosen. */
  readonly id: string;
  readonly label: string;
  /** One of the choices or none; or any of the server's own roles or channels. */
  readonly of: 'choices' | 'roles' | 'channels';
  readonly choices: readonly ServerChoice[];
  readonly chosen: readonly string[];
  /** What stands there where nothing is set. */
  readonly unset: string;
}

interface ServerChoice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** What stands for "not set" among the values of a menu; no model or style is called so. */
export const NOT_SET = '(default)';
const QUOTAS = [1, 3, 5, 10, 20, 50, 100, 200, 500];

/** Where the settings are asked for, and whether the asker may manage that server. */
interface AskedServer {
  readonly surface: string;
  readonly server: string | undefined;
  readonly manages: boolean;
}

export function onServerSettings(
  context: Context,
  { surface, server, manages }: AskedServer,
  change: ServerChange,
  show: (panel: ServerPanel) => Promise<void>,
  chat: ChatDependencies,
): Promise<void> {
  const { preferences, installation } = chat;
  return respond(context, 'read' in change ? 'private' : 'update', chat, async () => {
    if (server === undefined) throw new Fault('server.none', {});
    if (!manages) throw new Fault('server.manage', {});
    const kept = readServerSettings(preferences.ofServer({ surface, server }));
    const settings =
      'read' in change
        ? withServerChanges(kept, change.read(), installation)
        : withChoice(kept, change.setting, change.values);
    if (!isDeepStrictEqual(settings, kept)) await preferences.saveServer(surface, server, { ...settings });
    await show(panelOf(settings, installation, await context.language()));
  });
}

function panelOf(
  settings: ServerSettings,
  { models, styles }: Pick<Installation, 'models' | 'styles'>,
  language: Language,
): ServerPanel {
  const { model, style, roles = [], channels = [], adultsOnly, quota } = settings;
  const words = (key: MessageKey, values = {}) => say(language, key, values);
  const menu = (
    setting: ServerSetting,
    unset: MessageKey,
    chosen: readonly string[],
    choices: ServerChoice[],
  ) => {
    const of = setting === 'roles' || setting === 'channels' ? setting : 'choices';
    const label = words(`server.${setting}`);
    return { id: serverId(setting), label, of, choices, chosen, unset: words(unset) } as const;
  };
  const one = (chosen: string | number | undefined) => (chosen === undefined ? [] : [String(chosen)]);
  const usable = models.filter((known) => known.usable);
  const quotas = [...new Set([...QUOTAS, ...(quota === undefined ? [] : [quota])])].sort((a, b) => a - b);
  const named = ({ name, title }: { name: string; title?: string }) => ({
    value: name,
    label: name,
    ...(title === undefined ? {} : { description: title }),
  });
  return {
    title: words('server.title'),
    about: words('server.about'),
    fields: serverDefaultFields(settings, language),
    menus: [
      menu('model', 'server.default', one(model), usable.map(named)),
      menu(
        'style',
        'server.default',
        one(style),
        styles.map(({ name }) => named({ name })),
      ),
      menu('roles', 'server.everybody', roles, []),
      menu('channels', 'server.everywhere', channels, []),
      menu('ages', 'server.all_ages', adultsOnly ? ['only'] : [], [
        { value: 'only', label: words('server.adults_only') },
      ]),
      menu(
        'quota',
        'server.no_limit',
        one(quota),
        quotas.map((n) => ({ value: String(n), label: words('server.limit', { n }) })),
      ),
    ],
  };
}

function withChoice(
  settings: ServerSettings,
  setting: ServerSetting,
  values: readonly string[],
): ServerSettings {
  const [value = NOT_SET] = values;
  const one = value === NOT_SET ? undefined : value;
  const changed = {
    model: { model: one },
    style: { style: one },
    roles: { roles: values },
    channels: { channels: values },
    ages: { adultsOnly: one !== undefined },
    quota: { quota: Number(one) },
  }[setting];
  return readServerSettings({ ...settings, ...changed });
}
