/** The settings of a server as a message of Discord's with menus. */
import {
  type APIChannelSelectComponent,
  type APIComponentInContainer,
  type APIRoleSelectComponent,
  type APIStringSelectComponent,
  ChannelType,
  ComponentType,
  type Guild,
  SelectMenuDefaultValueType,
} from 'discord.js';
import { NOT_SET, type ServerMenu, type ServerPanel } from '../chat/server-settings.ts';
import { shortened } from '../messages/sentences.ts';
import { type Body, box, COLOURS, separator, text } from './components.ts';
import { harmless } from './escape.ts';

/** Entries of one menu, and characters of one. */
const MOST = 25;
const ENTRY = 100;

const CHANNELS = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
  ChannelType.GuildStageVoice,
  ChannelType.GuildForum,
];

/** @param guild the server, where it is known: what was deleted of it stands in no menu any more */
export function drawPanel({ title, about, fields, menus }: ServerPanel, guild: Guild | undefined): Body {
  const isThere = (id: string) =>
    guild === undefined || guild.roles.cache.has(id) || guild.channels.cache.has(id);
  return box(COLOURS.plain, [
    text(`### ${title}\n${about}`),
    separator(),
    ...menus.flatMap((menu): APIComponentInContainer[] => [
      text(`**${menu.label}**`),
      { type: ComponentType.ActionRow, components: [drawMenu(menu, isThere)] },
    ]),
    separator(),
    text(fields.map(({ name, value }) => `**${name}** ${harmless(value)}`).join('\n')),
  ]);
}

function drawMenu(
  menu: ServerMenu,
  isThere: (id: string) => boolean,
): APIStringSelectComponent | APIRoleSelectComponent | APIChannelSelectComponent {
  const { id, of, choices, chosen, unset } = menu;
  const several = { custom_id: id, placeholder: unset, min_values: 0, max_values: MOST };
  const known = chosen.filter(isThere).slice(0, MOST);
  if (of === 'roles') {
    const default_values = known.map((role) => ({
      id: role,
      type: SelectMenuDefaultValueType.Role as const,
    }));
    return { ...several, type: ComponentType.RoleSelect, default_values };
  }
  if (of === 'channels') {
    const type = SelectMenuDefaultValueType.Channel as const;
    const default_values = known.map((channel) => ({ id: channel, type }));
    return { ...several, type: ComponentType.ChannelSelect, channel_types: CHANNELS, default_values };
  }
  const isListed = choices.some(({ value }) => value === chosen[0]);
  const shown = [{ value: NOT_SET, label: unset }, ...choices].slice(0, MOST);
  return {
    type: ComponentType.StringSelect,
    custom_id: id,
    options: shown.map(({ value, label, ...more }) => ({
      value,
      label: shortened(label, ENTRY),
      ...('description' in more ? { description: shortened(more.description ?? '', ENTRY) } : {}),
      default: value === (isListed ? chosen[0] : NOT_SET),
    })),
  };
}
