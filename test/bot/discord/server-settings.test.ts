/** What those who manage a server decide for it, and that everything which makes pictures there keeps to it. */
import { expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { type Interaction, type Message, PERMISSIONS } from '../../standins/discord/shapes.ts';
import { allComponents } from '../../standins/discord/world.ts';
import { FakeClock } from '../fake-clock.ts';
import { aDiscord, isFinal, isPrivate, labelsOf, type TestDiscord, wordsOf } from './a-discord.ts';

/** The manager, and what they have before them. */
async function aPanel({ standin }: TestDiscord) {
  const manager = standin.person('Mona', { permissions: PERMISSIONS.manageGuild });
  const panel = await standin.answerTo(manager.slash('settings server'));
  const choose = async (menu: string, ...values: string[]) => {
    const choice = manager.choose(panel, menu, values);
    await standin.world.until(() => choice.ack === 7);
  };
  return { manager, panel, choose };
}

/** The private answer to something refused. */
function refusalOf({ standin }: TestDiscord, asked: Interaction): Promise<Message> {
  const { world } = standin;
  return world.until(() => world.messages.find((one) => one.token === asked.token && isPrivate(one)));
}

const publicMessages = ({ standin }: TestDiscord) =>
  standin.world.messages.filter((one) => !isPrivate(one) && !one.deleted);
const menusOf = (message: Message) =>
  allComponents(message.components).filter(({ type }) => [3, 6, 8].includes(Number(type)));

test('only those who may manage the server see its settings; others are refused in private', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const refused = await refusalOf(bot, standin.person('Anna').slash('settings server'));
  expect(refused.content).toBe(new Fault('server.manage', {}).message);
  const direct = standin.world.addChannel({ botIsIn: true });
  const nowhere = standin.person('Bruno').slash('settings server', {}, { channel: direct });
  expect((await refusalOf(bot, nowhere)).content).toBe(new Fault('server.none', {}).message);
  const { panel } = await aPanel(bot);
  expect(isPrivate(panel)).toBe(true);
  expect(menusOf(panel)).toHaveLength(6);
  // Whoever gets hold of the panel in another way cannot use it either.
  const stolen = standin.person('Eve').choose(panel, 'quota', ['1']);
  expect((await refusalOf(bot, stolen)).content).toContain(new Fault('server.manage', {}).message);
  expect(publicMessages(bot)).toEqual([]);
  expect(standin.http.contradictions).toEqual([]);
});

test("one's own settings have the other half of the command", async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  expect(await anna.type('settings mine', 'style', 'an')).toEqual(['anime']);
  const saved = await standin.answerTo(anna.slash('settings mine', { style: 'anime' }));
  expect(wordsOf(saved)).toContain('anime');
  expect(isPrivate(saved)).toBe(true);
});

test("the server's model and style are used where nobody says another; they outlive a restart", async () => {
  const before = await aDiscord();
  const { choose, panel } = await aPanel(before);
  await choose('model', 'nano');
  await choose('style', 'anime');
  const chosen = menusOf(panel).map(({ options }) =>
    ((options ?? []) as { default: boolean; value: string }[]).find((one) => one.default),
  );
  expect(chosen.slice(0, 2).map((one) => one?.value)).toEqual(['nano', 'anime']);
  await before.close();
  const { standin, renderer } = await aDiscord({ standin: before.standin, folder: before.folder });
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ model: { name: 'nano' }, prompt: 'a fox, anime' });
  await standin.answerTo(anna.slash('settings mine', { style: 'ink' }));
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', model: 'nano-turbo' }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ model: { name: 'nano-turbo' }, prompt: 'a fox, ink' });
  const elsewhere = standin.world.addChannel({ botIsIn: true });
  const bruno = standin.person('Bruno');
  await standin.answerTo(bruno.slash('imagine', { prompt: 'a fox' }, { channel: elsewhere }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ model: { name: 'nano-turbo' }, prompt: 'a fox' });
});

test("a server's own count, size, steps and negative stand where neither the words nor the person say anything", async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { manager } = await aPanel(bot);
  const typed = { count: '2', size: '256x192', steps: '7', negative: 'blur' };
  const panel = await standin.answerTo(manager.slash('settings server', typed));
  expect(wordsOf(panel)).toContain('**Size** 256x192\n**Pictures** 2\n**Steps** 7\n**Negative** blur');
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  const asked = { count: 2, width: 256, height: 192, steps: 7, negative: 'blur' };
  expect(renderer.begun.at(-1)).toMatchObject(asked);
  await standin.answerTo(anna.slash('settings mine', { count: '1' }));
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', steps: 3 }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ ...asked, count: 1, steps: 3 });
  const refused = await standin.answerTo(manager.slash('settings server', { steps: '0' }));
  expect(refused.content).toBe('steps is "0"; allowed: a whole number from 1 to 150.');
  await standin.answerTo(manager.slash('settings server', { steps: 'default', count: 'default' }));
  await standin.answerTo(standin.person('Bruno').slash('imagine', { prompt: 'a fox' }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ count: 1, width: 256 });
});

test('where pictures are not made, neither command, button, form nor reaction makes one, and nothing is public', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { world } = standin;
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  const form = anna.press(message, 'Remix');
  const use = anna.useOn(message, 'Use as input image');
  await world.until(() => form.ack === 9 && use.ack === 9);
  const art = world.addChannel({ guild: world.home.guild!, name: 'art' });
  const { choose } = await aPanel(bot);
  await choose('channels', art.id);

  const sentence = 'On this server, pictures can be made only in ';
  const attempts = [
    anna.slash('imagine', { prompt: 'a hen' }),
    ...['Reroll', 'Vary', 'Finalize'].map((label) => anna.press(message, label)),
    anna.submit(form, { prompt: 'a hen' }),
    anna.submit(use, { prompt: 'a hen' }),
  ];
  for (const attempt of attempts) expect((await refusalOf(bot, attempt)).content).toContain(sentence);
  anna.react(message, '🎲');
  const told = await world.until(() => world.messages.find(({ channel }) => channel.guild === undefined));
  expect(told.content).toContain(sentence);
  expect(publicMessages(bot).filter(({ channel }) => channel.guild !== undefined)).toEqual([message]);
  expect(renderer.begun).toHaveLength(1);
  await standin.answerTo(anna.slash('imagine', { prompt: 'a hen' }, { channel: art }), isFinal);
  anna.press(message, 'Delete');
  await world.until(() => message.deleted);
  await choose('channels');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a hen' }), isFinal);
  expect(standin.http.contradictions).toEqual([]);
});

test('only the chosen roles make pictures, and those who manage the server', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { world } = standin;
  const painters = world.addRole(world.home.guild!, 'Painters');
  const { choose, manager } = await aPanel(bot);
  await choose('roles', painters.id);
  const refused = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  expect((await refusalOf(bot, refused)).content).toContain('On this server, only ');
  const paula = standin.person('Paula', { roles: [painters.id] });
  const message = await standin.answerTo(paula.slash('imagine', { prompt: 'a fox' }), isFinal);
  paula.react(message, '🎲');
  await world.until(() => world.messages.filter(isFinal).length === 2);
  await standin.answerTo(manager.slash('imagine', { prompt: 'a fox' }), isFinal);
  // Everybody's role has the server's own id.
  await choose('roles', painters.id, world.home.guild!.id);
  await standin.answerTo(standin.person('Bruno').slash('imagine', { prompt: 'a fox' }), isFinal);
});

test('a role that was chosen and is deleted stands in no menu any more, and the settings still open', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const guild = standin.world.home.guild!;
  const artists = standin.world.addRole(guild, 'Artists');
  const role = {
    ...artists,
    permissions: '0',
    position: 1,
    color: 0,
    hoist: false,
    managed: false,
    mentionable: false,
  };
  standin.gateway.dispatch('GUILD_ROLE_CREATE', { guild_id: guild.id, role }, guild.id);
  const { choose, panel, manager } = await aPanel(bot);
  await choose('roles', artists.id);
  expect(JSON.stringify(menusOf(panel))).toContain(artists.id);
  guild.roles.splice(0);
  standin.gateway.dispatch('GUILD_ROLE_DELETE', { guild_id: guild.id, role_id: artists.id }, guild.id);
  const again = await standin.answerTo(manager.slash('settings server'), (one) => menusOf(one).length > 0);
  expect(JSON.stringify(menusOf(again))).not.toContain(artists.id);
});

test('pictures only in age-restricted channels, where that is chosen', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { world } = standin;
  const guild = world.addGuild('Grown-ups');
  const [plain, adults] = [world.addChannel({ guild }), world.addChannel({ guild, nsfw: true })];
  // Known to the bot with the server's channels.
  const again = await aDiscord({ standin });
  const manager = standin.person('Mona', { permissions: PERMISSIONS.administrator });
  await bot.close();
  const panel = await standin.answerTo(manager.slash('settings server', {}, { channel: plain }));
  const choice = manager.choose(panel, 'ages', ['only']);
  await world.until(() => choice.ack === 7);
  const anna = standin.person('Anna');
  const refused = anna.slash('imagine', { prompt: 'a fox' }, { channel: plain });
  expect((await refusalOf(again, refused)).content).toContain('only in age-restricted channels');
  const message = await standin.answerTo(
    anna.slash('imagine', { prompt: 'x' }, { channel: adults }),
    isFinal,
  );
  anna.react(message, '🔁');
  await world.until(() => world.messages.filter(isFinal).length === 2);
});

test('a quota counts the requests of a day; two at once do not slip past it', async () => {
  const clock = new FakeClock();
  const passing = setInterval(() => void clock.advance(20), 5);
  onTestFinished(() => clearInterval(passing));
  const bot = await aDiscord({ clock, stepTime: 1 });
  const { standin } = bot;
  const { choose, manager } = await aPanel(bot);
  await choose('quota', '3');
  const anna = standin.person('Anna');
  const first = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  const together = ['Reroll', 'Reroll', 'Reroll'].map((label) => anna.press(first, label));
  const refused = await Promise.race(together.map((asked) => refusalOf(bot, asked)));
  expect(refused.content).toBe(new Fault('server.quota', { limit: 3, retry_after_h: 24 }).message);
  await standin.world.until(() => standin.world.messages.filter(isFinal).length === 3);
  expect(bot.jobs.history.recent('discord', 10)).toHaveLength(3);
  await standin.answerTo(standin.person('Bruno').slash('imagine', { prompt: 'a fox' }), isFinal);
  for (let i = 0; i < 4; i++) {
    await standin.answerTo(manager.slash('imagine', { prompt: 'a fox' }), isFinal);
  }
  await clock.advance(24 * 3_600_000);
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
});

test('a manager who speaks another language reads the settings in it', async () => {
  const { standin } = await aDiscord();
  const manager = standin.person('Mona', { permissions: PERMISSIONS.manageGuild, locale: 'it' });
  const panel = await standin.answerTo(manager.slash('settings server'));
  expect(wordsOf(panel)).toContain('Impostazioni del server');
  expect(labelsOf(panel)).toEqual([]);
});
