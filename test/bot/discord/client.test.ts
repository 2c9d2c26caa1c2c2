/** discord.js as it is set up for a bot that reads no messages. */
import { Events, GatewayIntentBits } from 'discord.js';
import { expect, onTestFinished, test } from 'vitest';
import { newClient } from '../../../bot/discord/client.ts';
import { openLog } from '../../../bot/log.ts';
import { aStandin } from './a-discord.ts';

const SILENT = openLog({ level: 'silent', now: Date.now, write() {}, plain: true, secrets: [] });

test('hundreds of people leave little in memory, and no privileged intent is asked for', async () => {
  const standin = await aStandin();
  const { world, gateway } = standin;
  world.commands = [{ id: world.newId(), name: 'imagine', type: 1, options: [] }];
  const client = newClient(standin.apiUrl, SILENT);
  onTestFinished(() => client.destroy());
  const seen = { interactions: 0, events: 0 };
  client.on(Events.InteractionCreate, () => seen.interactions++);
  client.on(Events.Raw, ({ t }: { t: string | null }) => {
    if (t === 'MESSAGE_REACTION_ADD') seen.events++;
  });
  await client.login(standin.token);
  await world.until(() => client.isReady());
  for (let i = 0; i < 300; i++) {
    const person = standin.person(`Person ${i}`);
    person.slash('imagine');
    person.react(person.post([]), '🎲');
  }
  await world.until(() => seen.interactions === 300 && seen.events === 300);
  const guild = client.guilds.cache.get(world.home.guild!.id)!;
  expect(client.users.cache.size).toBeLessThanOrEqual(101);
  expect(guild.members.cache.size).toBeLessThanOrEqual(21);
  const messages = client.channels.cache.map((one) => ('messages' in one ? one.messages.cache.size : 0));
  expect(Math.max(...messages)).toBe(0);
  // What stays is what permissions are made from.
  expect(guild.roles.cache.size).toBe(1);
  const { GuildMembers, GuildPresences, MessageContent } = GatewayIntentBits;
  const { d } = gateway.received.find(({ op }) => op === 2)!;
  expect(Number(d.intents) & (GuildMembers | GuildPresences | MessageContent)).toBe(0);
});
