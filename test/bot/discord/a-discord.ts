/** The service against a stand-in for Discord, ended with the test; and how to read what stands in a message. */
import { expect, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { type DiscordStandin, openDiscordStandin } from '../../standins/discord/discord-standin.ts';
import { FLAGS, type Interaction, type JsonObject, type Message } from '../../standins/discord/shapes.ts';
import { allComponents } from '../../standins/discord/world.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { type StartOptions, startDiscord, type TestDiscord } from './start-discord.ts';

export type { TestDiscord } from './start-discord.ts';

export async function aDiscord(options: Partial<StartOptions> = {}): Promise<TestDiscord> {
  const { standin = await aStandin(options.clock), folder = aFolder() } = options;
  const started = await startDiscord({ ...options, standin, folder });
  onTestFinished(async () => {
    await started.close();
    expect(standin.http.contradictions).toEqual([]);
  });
  return started;
}

export async function aStandin(clock: Clock = systemClock): Promise<DiscordStandin> {
  const standin = await openDiscordStandin(clock);
  onTestFinished(() => standin.close());
  return standin;
}

/** Milliseconds after which Discord tells people that the application did not respond. */
const NO_ANSWER = 3_000;
/** Milliseconds: a machine may be busy, but not for that long. */
const PATIENCE = 180_000;

/** Typed or pressed again as long as "The application did not respond", as people do: what comes too late is not drawn. */
export async function untilAnswered({ world }: DiscordStandin, ask: () => Interaction): Promise<Interaction> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const asked = ask();
    const isOver = () => world.clock.now() - asked.createdAt > NO_ANSWER;
    await world.until(() => asked.ackedAt !== undefined || isOver());
    if (asked.ackedAt !== undefined) return asked;
    if (performance.now() > end) throw new Error('never answered within three seconds');
  }
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
