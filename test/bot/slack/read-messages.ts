/** How to read what stands in a message of the stand-in for Slack. */
import { elementsIn } from '../../standins/slack/blocks.ts';
import type { SlackStandin } from '../../standins/slack/index.ts';
import type { Message } from '../../standins/slack/shapes.ts';

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
