/** Tells Discord our commands, and only when they are not what it has already. */
import type { APIApplicationCommand, Client } from 'discord.js';
import type { Command } from '../../commands/command.ts';
import { commandsAsJson } from './command-json.ts';

/** @returns whether they had changed. @throws as discord.js's calls do */
export async function registerCommands(
  { application }: Client<true>,
  commands: readonly Command[],
): Promise<boolean> {
  const ours = commandsAsJson(commands);
  // Where the list cannot be had, it is written anyhow: that is only slower.
  const theirs = await application.commands.fetch({ withLocalizations: true }).catch(() => undefined);
  const isKnown = (one: (typeof ours)[number]) =>
    theirs?.some((other) => other.type === one.type && other.equals(one as APIApplicationCommand, true)) ??
    false;
  if (theirs?.size === ours.length && ours.every(isKnown)) return false;
  await application.commands.set(ours);
  return true;
}
