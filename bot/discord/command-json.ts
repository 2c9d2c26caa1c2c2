/** The commands as Discord registers them: made from the one definition of each, with names in six languages. */
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
} from 'discord.js';
import type { Command } from '../../commands/command.ts';
import type { Option } from '../../commands/options.ts';
import { settings } from '../../commands/settings.ts';
import type { Language } from '../../config/languages.ts';
import { isMessageKey, say } from '../../config/messages.ts';
import type { Body } from './calls.ts';

/** Discord's names of the languages we speak. */
const LOCALES: Readonly<Record<Exclude<Language, 'en'>, readonly string[]>> = {
  it: ['it'],
  de: ['de'],
  es: ['es-ES', 'es-419'],
  fr: ['fr'],
  ja: ['ja'],
};

/** In servers, in direct messages with the bot and, carried in by one person, everywhere else. */
const EVERYWHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
} as const;

/** The entry in the menu of a message. */
export const USE_MENU = 'Use as input image';

/** The two halves of `/settings`: one's own, and the server's. Discord lets a command with halves take nothing itself. */
const OWN_SETTINGS = 'mine';
export const SERVER_SETTINGS = 'server';

const DESCRIPTION = 100;

export function commandsAsJson(commands: readonly Command[]): Body[] {
  return [...commands.map(slashCommand), messageMenu()];
}

function slashCommand(command: Command): Body {
  const { name, description } = command;
  return {
    type: ApplicationCommandType.ChatInput,
    name,
    name_localizations: localized(`command.${name}.name`),
    description: description.slice(0, DESCRIPTION),
    description_localizations: localized(`command.${name}.description`),
    options: command === settings ? halves(command) : optionsJson(command),
    ...EVERYWHERE,
  };
}

function halves(command: Command): Body[] {
  const half = (name: string, description: string, words: string, options: readonly Body[]) => ({
    type: ApplicationCommandOptionType.Subcommand,
    name,
    name_localizations: localized(`command.settings.${name}.name`),
    description,
    description_localizations: localized(words),
    options,
  });
  const ofServer = 'command.settings.server.description';
  return [
    half(OWN_SETTINGS, command.description, 'command.settings.description', optionsJson(command)),
    half(SERVER_SETTINGS, say('en', ofServer), ofServer, []),
  ];
}

/** Discord wants the required ones first. */
function optionsJson({ name, options }: Command): Body[] {
  const all = Object.entries(options).map(([option, definition]) => optionJson(name, option, definition));
  return all.sort((a, b) => Number(b.required) - Number(a.required));
}

function messageMenu(): Body {
  return {
    type: ApplicationCommandType.Message,
    name: USE_MENU,
    name_localizations: localized('menu.use'),
    ...EVERYWHERE,
  };
}

function optionJson(command: string, name: string, { type, help, required }: Option): Body {
  const common = {
    name,
    description: help.slice(0, DESCRIPTION),
    description_localizations: localized(`option.${command}.${name}`),
    required: required === true,
  };
  const { String: Text, Integer, Number: Decimal, Attachment } = ApplicationCommandOptionType;
  switch (type.kind) {
    case 'text':
      return { ...common, type: Text, min_length: type.min, max_length: type.max };
    case 'name':
    case 'loras':
    case 'file':
      return { ...common, type: Text, autocomplete: true };
    case 'choice':
      return type.names.length <= 25
        ? { ...common, type: Text, choices: type.names.map((one) => ({ name: one, value: one })) }
        : { ...common, type: Text, autocomplete: true };
    case 'integer':
      return { ...common, type: Integer, min_value: type.min, max_value: type.max };
    case 'number':
      return { ...common, type: Decimal, min_value: type.min, max_value: type.max };
    case 'size':
    case 'aspect':
    case 'layers':
    case 'borders':
      return { ...common, type: Text };
    case 'switch':
      return { ...common, type: Text, choices: ['yes', 'no'].map((one) => ({ name: one, value: one })) };
    case 'picture':
      return { ...common, type: Attachment };
    default:
      return type satisfies never;
  }
}

function localized(key: string): Record<string, string> | null {
  if (!isMessageKey(key)) return null;
  const found = Object.entries(LOCALES).flatMap(([language, locales]) =>
    locales.map((locale) => [locale, say(language as Language, key)]),
  );
  return Object.fromEntries(found);
}
