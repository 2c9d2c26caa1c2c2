/** `npm start` as users run it, with the built-in model, against the stand-in: also when it is killed in mid-work. */
import { expect, test, vi } from 'vitest';
import type { DiscordStandin } from '../../standins/discord/discord-standin.ts';
import { LONG, type Program, startProgram } from '../a-program.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { aStandin, isFinal, labelsOf, untilAnswered, wordsOf } from './a-discord.ts';

function start(standin: DiscordStandin, folder: string): Program {
  return startProgram({
    DATA_DIR: folder,
    DEVICES: 'cpu',
    DISCORD_TOKEN: standin.token,
    DISCORD_API_URL: standin.apiUrl,
  });
}

/** Connected, commands known, a device there: what somebody types before that may come too late to be answered. */
async function ready(program: Program, { world }: DiscordStandin): Promise<void> {
  const origin = await world.until(program.origin, LONG);
  await vi.waitUntil(async () => (await fetch(`${origin}/readyz`)).ok, { timeout: LONG });
}

test('killed in every phase, the same message is finished, once, and its buttons work', async () => {
  const standin = await aStandin();
  const { world } = standin;
  const folder = aFolder();
  const anna = standin.person('Anna');
  let program = start(standin, folder);
  await ready(program, standin);

  const prompt = 'a red circle on a blue background';
  const phases: [string, (asked: ReturnType<typeof anna.slash>) => Promise<unknown>][] = [
    ['acknowledged', (asked) => standin.answerTo(asked, () => true, LONG)],
    ['shown', (asked) => standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'), LONG)],
    ['developing', (asked) => standin.answerTo(asked, (one) => one.attachments.length > 0, LONG)],
    ['finished', (asked) => standin.answerTo(asked, isFinal, LONG)],
  ];
  for (const [phase, reached] of phases) {
    const asked = await untilAnswered(standin, () =>
      anna.slash('imagine', { prompt, model: 'nano', seed: 1, steps: 12 }),
    );
    await reached(asked);
    await program.end('SIGKILL');
    program = start(standin, folder);
    const message = await world.until(
      () => world.messages.find((one) => one.token === asked.token && isFinal(one)),
      LONG,
    );
    expect(wordsOf(message), phase).toContain('seed 1');
    expect(
      world.messages.filter((one) => one.token === asked.token),
      phase,
    ).toHaveLength(1);
    await ready(program, standin);
  }
  const last = world.messages.at(-1)!;
  const finals = world.messages.filter(isFinal).length;
  const pressed = await untilAnswered(standin, () => anna.press(last, 'Reroll'));
  await world.until(() => world.messages.some((one) => one.token === pressed.token && isFinal(one)), LONG);
  expect(world.messages.filter(isFinal)).toHaveLength(finals + 1);
  expect(standin.http.contradictions).toEqual([]);
  expect(standin.http.rateLimited).toBe(0);

  await standin.goDown();
  await world.until(() => true);
  expect(await program.end('SIGTERM')).toBe(0);
  expect(program.output()).not.toContain(standin.token);
}, 1_200_000);
