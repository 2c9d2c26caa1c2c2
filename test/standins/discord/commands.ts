/**
 * Commands by what Discord's documentation says beyond its published description of the API.
 * https://docs.discord.com/developers/interactions/application-commands: "Naming", "Option Structure", "Slash Commands"
 * (8,000 characters), "Localization".
 */
import type { Json, JsonObject } from './shapes.ts';
import { invalid } from './write-message.ts';

const SLASH = 1;
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
/** All that people can read of one command. */
const TOTAL = 8000;
/** Of slash commands; of options; of choices. */
const MOST = { commands: 100, options: 25, choices: 25 } as const;

/** @throws Refusal */
export function checkCommands(commands: readonly JsonObject[]): void {
  const slash = commands.filter(({ type }) => (type ?? SLASH) === SLASH);
  if (slash.length > MOST.commands)
    throw invalid('commands', 'Maximum number of application commands reached');
  const names = commands.map(({ type, name }) => `${type} ${name}`);
  if (new Set(names).size !== names.length) throw invalid('name', 'Application command names must be unique');
  for (const command of slash) {
    checkNamed(command);
    if (charactersOf(command) > TOTAL) throw invalid('name', 'Command exceeds maximum size (8000)');
  }
}

function checkNamed(one: JsonObject): void {
  for (const name of inAllLanguages(one, 'name')) {
    if (!NAME.test(name) || name !== name.toLowerCase())
      throw invalid('name', `Command name is invalid: ${name}`);
  }
  for (const text of inAllLanguages(one, 'description')) {
    if (text.length < 1 || text.length > 100)
      throw invalid('description', 'Must be between 1 and 100 in length.');
  }
  const options = listOf(one.options);
  if (options.length > MOST.options) throw invalid('options', 'Must be 25 or fewer in length.');
  const names = options.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw invalid('options', 'Option names must be unique');
  const firstOptional = options.findIndex(({ required }) => required !== true);
  if (firstOptional >= 0 && options.slice(firstOptional).some(({ required }) => required === true)) {
    throw invalid('options', 'Required options must be placed before non-required options');
  }
  const choices = listOf(one.choices);
  const isLong = choices.some(({ name, value }) => Math.max(`${name}`.length, `${value}`.length) > 100);
  if (isLong || choices.length > MOST.choices) throw invalid('choices', 'Too many or too long');
  for (const option of options) checkNamed(option);
}

/** Of each text the longest of its languages. */
function charactersOf(one: JsonObject): number {
  const own = ['name', 'description'].map((field) =>
    Math.max(0, ...inAllLanguages(one, field).map(({ length }) => length)),
  );
  const inner = [...listOf(one.options), ...listOf(one.choices)].map(charactersOf);
  return [...own, ...inner, `${one.value ?? ''}`.length].reduce((sum, n) => sum + n, 0);
}

function inAllLanguages(one: JsonObject, field: string): string[] {
  const others = Object.values((one[`${field}_localizations`] ?? {}) as JsonObject);
  return one[field] === undefined ? [] : [one[field], ...others].map(String);
}

const listOf = (list: Json | undefined) => (list ?? []) as JsonObject[];
