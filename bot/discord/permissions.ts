/** Permissions as Discord writes them. */
import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';

/** What the bot does in a channel (docs/discord.md), for the link that invites it. */
export const INVITED_WITH = new PermissionsBitField([
  PermissionFlagsBits.ViewChannel,
  PermissionFlagsBits.SendMessages,
  PermissionFlagsBits.SendMessagesInThreads,
  PermissionFlagsBits.AttachFiles,
  PermissionFlagsBits.EmbedLinks,
  PermissionFlagsBits.ReadMessageHistory,
]).bitfield;

/** Whether permissions hold all of these; an administrator has every one. */
export function allows(permissions: string, needed: bigint): boolean {
  return new PermissionsBitField(BigInt(permissions)).has(needed);
}
