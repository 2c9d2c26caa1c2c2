/**
 * The same bot before a Discord that nobody here wrote: the package `discord-digital-twin`, where it is installed
 * (DISCORD_TWIN names its entry where it is elsewhere). It knows neither files in edits nor rate limits nor RESUME, so
 * only what is said in words is looked at; everything else is the stand-in's.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { DiscordStandin } from '../../standins/discord/discord-standin.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { startDiscord } from './start-discord.ts';

interface Said {
  readonly id: string;
  readonly content: string;
  readonly flags?: number;
  readonly components?: unknown[];
}

interface Twin {
  readonly botToken: string;
  readonly restUrl: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  getFirstNonBotUserId(): Promise<string | null>;
  simulateSlashCommand(asked: object): Promise<{ id: string; token: string }>;
  simulateButtonClick(asked: object): Promise<{ id: string; token: string }>;
  channel(id: string): { getMessages(): Promise<Said[]> };
  prisma: { channel: { findMany(): Promise<{ id: string }[]> } };
}

type Package = { readonly DigitalDiscord: new (options: object) => Twin };

// Named as text, so that the compiler does not look for it.
const name: string = process.env.DISCORD_TWIN
  ? pathToFileURL(process.env.DISCORD_TWIN).href
  : 'discord-digital-twin';
const found = (await import(name).catch(() => undefined)) as Package | undefined;
if (found === undefined) {
  console.warn(
    'discord-digital-twin is not installed: the second witness of what the bot says on Discord is skipped.',
  );
}

async function aTwin({ stepTime = 5 } = {}) {
  const folder = aFolder();
  const twin = new found!.DigitalDiscord({
    dbUrl: `file:${path.join(folder, 'twin.db')}`,
    channels: [{ name: 'pictures', type: 0 }],
    users: [{ username: 'Anna' }],
  });
  await twin.start();
  onTestFinished(() => twin.stop());
  const standin = { token: twin.botToken, apiUrl: twin.restUrl } as DiscordStandin;
  const bot = await startDiscord({ standin, folder, stepTime, unconnected: true });
  onTestFinished(() => bot.close());
  await expect.poll(() => bot.discord.problem(), { timeout: 20_000 }).toBeUndefined();
  const [channel] = await twin.prisma.channel.findMany();
  const where = { channelId: channel!.id, userId: await twin.getFirstNonBotUserId() };
  const option = (name: string, value: string | number) => {
    const type = typeof value === 'string' ? 3 : 4;
    return { name, type, value };
  };
  const slash = (typed: string, given: Record<string, string | number> = {}) =>
    twin.simulateSlashCommand({
      ...where,
      name: typed,
      options: Object.entries(given).map(([one, value]) => option(one, value)),
    });
  const press = (message: Said, id: string) =>
    twin.simulateButtonClick({ ...where, messageId: message.id, customId: id });
  const said = () => twin.channel(channel!.id).getMessages();
  /** The newest message, once these words stand in it. */
  async function message(words: string): Promise<Said> {
    const newest = async () => (await said()).at(-1);
    await expect.poll(async () => JSON.stringify(await newest()), { timeout: 10_000 }).toContain(words);
    return (await newest())!;
  }
  return { bot, slash, press, said, message };
}

/** The id of the button of an action of ours. */
function buttonOf(message: Said, action: string): string {
  return new RegExp(`v1:${action}:[^"]+`).exec(JSON.stringify(message.components))![0];
}

const EPHEMERAL = 64;

test.skipIf(found === undefined)(
  'another server reads the same: an answer, a refusal, both private',
  async () => {
    const { slash, message, said } = await aTwin();
    await slash('about');
    const about = await message('Darkroom 0.1.0');
    expect(about.flags! & EPHEMERAL).toBe(EPHEMERAL);
    await slash('imagine', { prompt: 'a fox', model: 'large' });
    const refusal = await message('installed: nano-turbo, nano.');
    expect(refusal.flags! & EPHEMERAL).toBe(EPHEMERAL);
    expect(await said()).toHaveLength(2);
  },
);

test.skipIf(found === undefined)('another server takes a message that fails, and its removal', async () => {
  const { bot, slash, press, message, said } = await aTwin();
  bot.renderer.mishaps.push('fault');
  await slash('imagine', { prompt: 'a fox', seed: 42 });
  const failed = await message('cannot be read');
  expect(JSON.stringify(failed.components)).toContain('seed 42');
  await press(failed, buttonOf(failed, 'delete'));
  await expect.poll(said, { timeout: 10_000 }).toEqual([]);
});

test.skipIf(found === undefined)('another server takes a message that runs and is cancelled', async () => {
  const { slash, press, message } = await aTwin({ stepTime: 60_000 });
  await slash('imagine', { prompt: 'a slow fox' });
  const running = await message('v1:cancel:');
  await press(running, buttonOf(running, 'cancel'));
  const cancelled = await message('Cancelled');
  expect(cancelled.id).toBe(running.id);
});
