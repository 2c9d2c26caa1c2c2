/** The settings of a server as a message with menus: what is chosen there is kept at once. */
import { ChannelType, ComponentType } from 'discord.js';
import type { Installation } from '../../commands/command.ts';
import type { ServerSettings } from '../../commands/server-rules.ts';
import type { Language } from '../../config/languages.ts';
import { type MessageKey, say } from '../../config/messages.ts';
import { type ServerSetting, serverId } from '../chat/custom-id.ts';
import { shortened } from '../messages/sentences.ts';
import type { Body } from './calls.ts';
import { box, COLOURS, type Component, separator, text } from './components.ts';

/** Entries of one menu. */
const MOST = 25;
const QUOTAS = [1, 3, 5, 10, 20, 50, 100, 200, 500];
/** What stands for "not set" in a menu; no model or style is called so. */
const NOT_SET = '(default)';

const CHANNELS = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
  ChannelType.GuildStageVoice,
  ChannelType.GuildForum,
];

export function serverPanel(
  settings: ServerSettings,
  { models, styles }: Pick<Installation, 'models' | 'styles'>,
  language: Language,
): Body {
  const words = (key: MessageKey, values = {}) => say(language, key, values);
  const usable = models.filter(({ usable }) => usable);
  const quotas = [...new Set([...QUOTAS, ...(settings.quota === undefined ? [] : [settings.quota])])];
  const rows = [
    ['model', choose('model', settings.model, usable.map(namedModel), words('server.default'))],
    ['style', choose('style', settings.style, styles.map(same), words('server.default'))],
    ['roles', pick('roles', settings.roles, words('server.everybody'))],
    ['channels', pick('channels', settings.channels, words('server.everywhere'))],
    [
      'ages',
      choose(
        'ages',
        settings.adultsOnly && 'only',
        [{ value: 'only', label: words('server.adults_only') }],
        words('server.all_ages'),
      ),
    ],
    [
      'quota',
      choose(
        'quota',
        settings.quota === undefined ? undefined : String(settings.quota),
        quotas.sort((a, b) => a - b).map((n) => ({ value: String(n), label: words('server.limit', { n }) })),
        words('server.no_limit'),
      ),
    ],
  ] as const;
  return box(COLOURS.plain, [
    text(`### ${words('server.title')}\n${words('server.about')}`),
    separator(),
    ...rows.flatMap(([setting, menu]) => [
      text(`**${words(`server.${setting}`)}**`),
      { type: ComponentType.ActionRow, components: [menu] },
    ]),
  ]);
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

const same = ({ name }: { name: string }): Choice => ({ value: name, label: shortened(name, 100) });
const namedModel = ({ name, title }: { name: string; title: string }): Choice => ({
  value: name,
  label: shortened(name, 100),
  description: shortened(title, 100),
});

/** One of these, or none: the first entry. */
function choose(
  setting: ServerSetting,
  chosen: string | undefined,
  choices: readonly Choice[],
  defaultText: string,
): Component {
  const isThere = choices.some(({ value }) => value === chosen);
  return {
    type: ComponentType.StringSelect,
    custom_id: serverId(setting),
    options: [{ value: NOT_SET, label: defaultText }, ...choices].slice(0, MOST).map((choice) => ({
      ...choice,
      default: choice.value === (isThere ? chosen : NOT_SET),
    })),
  };
}

/** Several roles or channels, or none. */
function pick(setting: 'roles' | 'channels', chosen: readonly string[] = [], none: string): Component {
  const type = setting === 'roles' ? 'role' : 'channel';
  return {
    type: setting === 'roles' ? ComponentType.RoleSelect : ComponentType.ChannelSelect,
    custom_id: serverId(setting),
    placeholder: none,
    min_values: 0,
    max_values: MOST,
    ...(setting === 'channels' && { channel_types: CHANNELS }),
    default_values: chosen.slice(0, MOST).map((id) => ({ id, type })),
  };
}

/** The settings after something was chosen in a menu. */
export function withChoice(
  settings: ServerSettings,
  setting: ServerSetting,
  values: readonly string[],
): ServerSettings {
  const [value = NOT_SET] = values;
  const one = value === NOT_SET ? undefined : value;
  const several = values.length === 0 ? undefined : values;
  const changed = {
    model: { model: one },
    style: { style: one },
    roles: { roles: several },
    channels: { channels: several },
    ages: { adultsOnly: one === undefined ? undefined : (true as const) },
    quota: { quota: one === undefined ? undefined : Number(one) },
  }[setting];
  const all = Object.entries({ ...settings, ...changed }).filter(([, kept]) => kept !== undefined);
  return Object.fromEntries(all);
}
