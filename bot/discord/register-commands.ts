/** Tells Discord our commands, and only when they are not what it has already. */
import { Routes } from 'discord.js';
import type { Command } from '../../commands/command.ts';
import type { Body, Calls } from './calls.ts';
import { commandsAsJson } from './command-json.ts';

/** @returns whether they had changed. @throws what the calls throw */
export async function registerCommands(
  application: string,
  commands: readonly Command[],
  calls: Calls,
): Promise<boolean> {
  const ours = commandsAsJson(commands);
  const route = Routes.applicationCommands(application);
  const query = new URLSearchParams({ with_localizations: 'true' });
  // Where the list cannot be had, it is written anyhow: that is only slower.
  const theirs = await calls.make({ method: 'get', route, query }).catch(() => undefined);
  if (Array.isArray(theirs) && isSame(ours, theirs)) return false;
  await calls.make({ method: 'put', route, body: ours });
  return true;
}

/** Whether every field of ours is what Discord has; it adds fields of its own. */
function isSame(ours: readonly Body[], theirs: readonly Body[]): boolean {
  if (ours.length !== theirs.length) return false;
  return ours.every((one) => {
    const other = theirs.find(({ name, type }) => name === one.name && type === one.type);
    return other !== undefined && contains(other, one);
  });
}

function contains(theirs: unknown, ours: unknown): boolean {
  if (isEmpty(ours)) return isEmpty(theirs);
  if (Array.isArray(ours)) {
    return (
      Array.isArray(theirs) &&
      theirs.length === ours.length &&
      ours.every((one, i) => contains(theirs[i], one))
    );
  }
  if (typeof ours !== 'object' || ours === null) return ours === theirs;
  if (typeof theirs !== 'object' || theirs === null) return false;
  return Object.entries(ours).every(([key, value]) => contains((theirs as Body)[key], value));
}

/** Discord leaves out what is false, null or an empty list. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
  );
}
