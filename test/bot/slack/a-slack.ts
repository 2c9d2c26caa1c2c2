/** The service against a stand-in for Slack, ended with the test; and how to read what stands in a message. */
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../bot/clock.ts';
import { elementsIn } from '../../standins/slack/blocks.ts';
import { openSlackStandin, type SlackStandin } from '../../standins/slack/index.ts';
import type { Message } from '../../standins/slack/shapes.ts';
import { aFolder } from '../jobs/a-desk.ts';
import { type StartOptions, startSlack, type TestSlack } from './start-slack.ts';

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

/** All words of a message, its notification's too. */
export function wordsOf({ text, blocks }: Pick<Message, 'text' | 'blocks'>): string {
  const texts = [...JSON.stringify(blocks).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)];
  return [text, ...texts.map(([, one]) => JSON.parse(`"${one}"`) as string)].join('\n');
}

/** What stands on the buttons and menus of a message. */
export function labelsOf({ blocks }: Pick<Message, 'blocks'>): string[] {
  return elementsIn(blocks).flatMap(({ element }) => {
    const { text, placeholder } = element as { text?: { text: string }; placeholder?: { text: string } };
    return (text ?? placeholder)?.text ?? [];
  });
}

/** The message shows finished pictures and what can be done with them. */
export function isFinal({ images, blocks, deleted, visibleTo }: Message): boolean {
  const isFinished = JSON.stringify(blocks).includes('"v1:reroll:');
  return !deleted && visibleTo === undefined && isFinished && images.some(({ file }) => file !== undefined);
}

export function finals({ world }: SlackStandin): Message[] {
  return world.messages.filter(isFinal);
}

/** The next finished message beyond those that are there. */
export async function aFinal(standin: SlackStandin, count = 1): Promise<Message> {
  return standin.until(() => finals(standin).length >= count && finals(standin).at(-1));
}

export function ephemerals({ world }: SlackStandin): Message[] {
  return world.messages.filter(({ visibleTo }) => visibleTo !== undefined);
}
