/** Permissions as Discord writes them. */
import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';

/** What the bot must be allowed in a channel, as Discord's pages call it, and what for: docs/discord.md and the invite link agree on it. */
export const NEEDED = {
  'View Channels': {
    bit: PermissionFlagsBits.ViewChannel,
    why: 'a picture asked for by a reaction, or that took longer than 15 minutes',
  },
  'Send Messages': { bit: PermissionFlagsBits.SendMessages, why: 'the same' },
  'Send Messages in Threads': { bit: PermissionFlagsBits.SendMessagesInThreads, why: 'the same in threads' },
  'Attach Files': { bit: PermissionFlagsBits.AttachFiles, why: 'the pictures' },
  'Read Message History': {
    bit: PermissionFlagsBits.ReadMessageHistory,
    why: 'finding its own message again after a crash',
  },
} as const;

/** For the link that invites it. */
export const INVITED_WITH = new PermissionsBitField(Object.values(NEEDED).map(({ bit }) => bit)).bitfield;

/** Whether permissions hold all of these; an administrator has every one. */
export function allows(permissions: string, needed: bigint): boolean {
  return new PermissionsBitField(BigInt(permissions)).has(needed);
}
