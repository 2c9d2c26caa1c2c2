/** `npm start` as users run it, with the built-in model, against the stand-in: also when it is killed in mid-work. */
import { expect, test } from 'vitest';
import type { SlackStandin } from '../../standins/slack/index.ts';
import type { Message } from '../../standins/slack/shapes.ts';
import { LONG, type Program, startProgram } from '../a-program.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { aStandin, finals, isFinal, labelsOf, wordsOf } from './a-slack.ts';
import { settingsFor } from './start-slack.ts';

function start(standin: SlackStandin, folder: string): Program {
  return startProgram({
    DATA_DIR: folder,
    DEVICES: 'cpu',
    LOG_LEVEL: 'trace',
    ...settingsFor(standin, 'socket'),
  });
}

const connected = ({ sockets, until }: SlackStandin) => until(() => sockets.open().length === 2, LONG);

test('killed in every phase, the same messages are finished, once; a workflow step ends once; buttons work', async () => {
  const standin = await aStandin();
  const { world } = standin;
  const folder = aFolder();
  const anna = standin.person('Anna');
  let program = start(standin, folder);
  await connected(standin);

  const restart = async () => {
    await program.end('SIGKILL');
    await standin.until(() => standin.sockets.open().length === 0);
    program = start(standin, folder);
  };
  const of = (seed: number) => (one: Message) => !one.deleted && wordsOf(one).includes(`seed ${seed} `);
  /** Too quick for Slack's polite rate of changes: some steps are behind it by then. */
  const isOld = ({ revisions }: Message) => Date.now() - revisions[0]!.at > 700;
  const phases: [string, (seed: number) => unknown][] = [
    ['acknowledged', () => standin.deliveries.all.at(-1)!.ackedAfter !== undefined],
    ['shown', (seed) => world.messages.some((one) => of(seed)(one) && labelsOf(one).includes('Cancel'))],
    ['developing', (seed) => world.messages.some((one) => of(seed)(one) && isOld(one))],
    ['finished', (seed) => world.messages.some((one) => of(seed)(one) && isFinal(one))],
  ];
  for (const [i, [phase, reached]] of phases.entries()) {
    const seed = 11 + i;
    anna.types(`/imagine a red circle on a blue background --model nano --seed ${seed} --steps 80`);
    await standin.until(() => reached(seed), LONG);
    await restart();
    const final = await standin.until(
      () => world.messages.find((one) => of(seed)(one) && isFinal(one)),
      LONG,
    );
    await standin.until(
      () => world.messages.some(({ text }) => text.includes(final.ts.replace('.', ''))),
      LONG,
    );
    expect(finals(standin).filter(of(seed)), phase).toHaveLength(1);
    await connected(standin);
  }

  const inputs = { prompt: 'a yellow star', seed: 77, channel_id: world.general.id, user_id: anna.user.id };
  const { execution } = standin.workflow.runs('imagine_step', inputs, anna.user);
  await standin.until(
    () => world.messages.some((one) => of(77)(one) && labelsOf(one).includes('Cancel')),
    LONG,
  );
  await restart();
  await standin.until(() => execution.state === 'succeeded', LONG);
  await connected(standin);
  expect(execution.completions.filter(({ accepted }) => accepted)).toHaveLength(1);
  expect(execution.completions[0]!.outputs).toMatchObject({ seed: 77 });

  const before = finals(standin).length;
  anna.presses(finals(standin)[0]!, 'Reroll');
  await standin.until(() => finals(standin).length === before + 1, LONG);
  expect(world.shownImages().filter(({ isBroken, wasProcessed }) => isBroken || !wasProcessed)).toEqual([]);
  expect(world.refusedImages).toBe(0);

  expect((await fetch(`${program.origin()}/readyz`)).status).toBe(200);
  expect(await program.end('SIGTERM')).toBe(0);
  for (const secret of [standin.botToken, standin.appToken]) expect(program.output()).not.toContain(secret);
}, 1_200_000);
