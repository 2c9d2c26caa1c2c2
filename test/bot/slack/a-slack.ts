/** The service against a stand-in for Slack, ended with the test. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { openSlackStandin, type SlackStandin } from '../../standins/slack/index.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { type StartOptions, startSlack, type TestSlack } from './start-slack.ts';

export { aFinal, ephemerals, finals, isFinal, labelsOf, wordsOf } from './read-messages.ts';
export type { TestSlack } from './start-slack.ts';

export async function aSlack(options: Partial<StartOptions> = {}): Promise<TestSlack> {
  const { standin = await aStandin(options.clock), folder = aFolder() } = options;
  const started = await startSlack({ ...options, standin, folder });
  onTestFinished(() => started.close());
  return started;
}

export async function aStandin(clock: Clock = systemClock): Promise<SlackStandin> {
  const standin = await openSlackStandin(clock);
  standin.world.processingTime = () => 50;
  onTestFinished(() => standin.close());
  return standin;
}
