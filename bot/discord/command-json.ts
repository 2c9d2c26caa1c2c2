/** The commands as Discord registers them: made from the one definition of each, with names in six languages. */
import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type Locale,
  ApplicationCommandOptionType as OptionType,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord.js';
import type { Command } from '../../commands/command.ts';
import type { Option } from '../../commands/options.ts';
import { SERVER_DEFAULTS } from '../../commands/server-defaults.ts';
import { settings } from '../../commands/settings.ts';
import type { Language } from '../../config/languages.ts';
import { isMessageKey, Phrase, type Words } from '../../config/messages.ts';

/** Discord's names of the languages we speak. */
const LOCALES: readonly (readonly [`${Locale}`, Language])[] = [
  ['it', 'it'],
  ['de', 'de'],
  ['es-ES', 'es'],
  ['es-419', 'es'],
  ['fr', 'fr'],
  ['ja', 'ja'],
];

type Localizations = Partial<Record<`${Locale}`, string>>;

/** In servers, in direct messages with the bot and, carried in by one person, everywhere else. */
const EVERYWHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
};

/** The entry in the menu of a message. */
export const USE_MENU = 'Use as input image';

/** The two halves of `/settings`: one's own, and the server's. Discord lets a command with halves take nothing itself. */
const OWN_SETTINGS = 'mine';
export const SERVER_SETTINGS = 'server';

const DESCRIPTION = 100;
/** Names that are chosen from a list; longer lists are suggested from while somebody types. */
const CHOICES = 25;

export function commandsAsJson(commands: readonly Command[]): RESTPostAPIApplicationCommandsJSONBody[] {
  const messageMenu = {
    type: ApplicationCommandType.Message,
    name: USE_MENU,
    name_localizations: localized('menu.use'),
    ...EVERYWHERE,
  } as const;
  return [...commands.map(slashCommand), messageMenu];
}

function slashCommand(command: Command): RESTPostAPIApplicationCommandsJSONBody {
  const { name, description } = command;
  return {
    type: ApplicationCommandType.ChatInput,
    name,
    name_localizations: localized(`command.${name}.name`),
    ...described(description),
    options: command === settings ? halves(command) : optionsJson(command),
    ...EVERYWHERE,
  };
}

function halves(command: Command): APIApplicationCommandSubcommandOption[] {
  const half = (name: string, description: Words) => ({
    type: OptionType.Subcommand as const,
    name,
    name_localizations: localized(`command.settings.${name}.name`),
    ...described(description),
  });
  return [
    { ...half(OWN_SETTINGS, command.description), options: optionsJson(command) },
    { ...half(SERVER_SETTINGS, SERVER_DEFAULTS.description), options: optionsJson(SERVER_DEFAULTS) },
  ];
}

/** Discord wants the required ones first. */
function optionsJson({ options }: Pick<Command, 'options'>): APIApplicationCommandBasicOption[] {
  const all = Object.entries(options).map(([name, option]) => optionJson(name, option));
  return all.sort((a, b) => Number(b.required) - Number(a.required));
}

function optionJson(name: string, { type, help, required }: Option): APIApplicationCommandBasicOption {
  const common = { name, ...described(help), required: required === true };
  switch (type.kind) {
    case 'text':
      return { ...common, type: OptionType.String, min_length: type.min, max_length: type.max };
    case 'name':
    case 'loras':
    case 'file':
      return { ...common, type: OptionType.String, autocomplete: true };
    case 'choice':
      return type.names.length <= CHOICES
        ? { ...common, type: OptionType.String, choices: named(type.names) }
        : { ...common, type: OptionType.String, autocomplete: true };
    case 'integer':
      return { ...common, type: OptionType.Integer, min_value: type.min, max_value: type.max };
    case 'number':
      return { ...common, type: OptionType.Number, min_value: type.min, max_value: type.max };
    case 'size':
    case 'aspect':
    case 'layers':
    case 'borders':
      return { ...common, type: OptionType.String };
    case 'switch':
      return { ...common, type: OptionType.String, choices: named(['yes', 'no']) };
    case 'picture':
      return { ...common, type: OptionType.Attachment };
    default:
      return type satisfies never;
  }
}

const named = (names: readonly string[]) => names.map((one) => ({ name: one, value: one }));

function described(words: Words) {
  const description_localizations = typeof words === 'string' ? null : inLocales(words);
  return { description: String(words).slice(0, DESCRIPTION), description_localizations };
}

function localized(key: string): Localizations | null {
  return isMessageKey(key) ? inLocales(new Phrase(key)) : null;
}

function inLocales(words: Phrase): Localizations {
  return Object.fromEntries(LOCALES.map(([locale, language]) => [locale, words.in(language)]));
}
