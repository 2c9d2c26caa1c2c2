/** The service against a stand-in for Discord, ended with the test; and how to read what stands in a message. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../bot/clock.ts';
import { type DiscordStandin, openDiscordStandin } from '../../standins/discord/discord-standin.ts';
import { FLAGS, type JsonObject, type Message } from '../../standins/discord/shapes.ts';
import { allComponents } from '../../standins/discord/world.ts';
import { aFolder } from '../jobs/a-desk.ts';
import { type StartOptions, startDiscord, type TestDiscord } from './start-discord.ts';

export type { TestDiscord } from './start-discord.ts';

export async function aDiscord(options: Partial<StartOptions> = {}): Promise<TestDiscord> {
  const { standin = await aStandin(options.clock), folder = aFolder() } = options;
  const started = await startDiscord({ ...options, standin, folder });
  onTestFinished(() => started.close());
  return started;
}

export async function aStandin(clock: Clock = systemClock): Promise<DiscordStandin> {
  const standin = await openDiscordStandin(clock);
  onTestFinished(() => standin.close());
  return standin;
}

/** All words of a message. */
export function wordsOf(message: Pick<Message, 'components' | 'content'>): string {
  const texts = allComponents(message.components).flatMap(({ content }) =>
    content === undefined ? [] : [content],
  );
  return [message.content, ...texts].join('\n');
}

export function labelsOf(message: Pick<Message, 'components'>): string[] {
  return allComponents(message.components).flatMap(({ type, label }) => (type === 2 ? [String(label)] : []));
}

/** The message shows finished pictures and what can be done with them. */
export function isFinal(message: Message): boolean {
  const isFinished = allComponents(message.components).some(({ custom_id }) =>
    /^v1:reroll:/.test(String(custom_id)),
  );
  return isFinished && message.attachments.some(({ filename }) => filename.endsWith('.png'));
}

export function isPrivate(message: Message): boolean {
  return (message.flags & FLAGS.ephemeral) !== 0;
}

export function isLoading(message: Message): boolean {
  return (message.flags & FLAGS.loading) !== 0;
}

/** What the bot has written to single persons. */
export function directMessages({ world }: DiscordStandin): Message[] {
  return world.messages.filter(({ channel, token }) => channel.guild === undefined && token === undefined);
}

/** Alternative texts of the pictures that a message shows. */
export function altsOf(message: Message): string[] {
  return allComponents(message.components).flatMap(({ items }) =>
    ((items ?? []) as JsonObject[]).map(({ description }) => String(description)),
  );
}
