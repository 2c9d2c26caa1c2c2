/**
 * Who a message notifies. Beside `<@U..>` and `<!channel>`, Slack finds names by itself where it is not told to take
 * words as they are: https://docs.slack.dev/reference/block-kit/composition-objects/text-object (`verbatim`) and the
 * arguments `link_names` and `parse` of chat.postMessage.
 */
import { isObject } from './block-elements.ts';
import type { Json, Message } from './shapes.ts';

const EVERYBODY = /(?<![\w<!])@(here|channel|everyone)\b/g;

/** Ids of people and user groups, and `here`, `channel`, `everyone`. */
export function mentionsIn(message: Pick<Message, 'text' | 'blocks' | 'linksNames'>): string[] {
  const { text, blocks, linksNames = false } = message;
  return [...new Set([...mentionsOf(text, linksNames), ...blocks.flatMap(inBlock)])];
}

function inBlock(one: Json): string[] {
  if (Array.isArray(one)) return one.flatMap(inBlock);
  if (!isObject(one)) return [];
  // Plain texts, titles and alternative texts mention nobody.
  if (one.type === 'mrkdwn') return mentionsOf(String(one.text), one.verbatim !== true);
  if (one.type === 'markdown') return mentionsOf(String(one.text), true);
  return Object.values(one).flatMap(inBlock);
}

function mentionsOf(text: string, findsNames: boolean): string[] {
  const marked = [...text.matchAll(/<[@!](?:subteam\^)?([A-Za-z0-9]+)(?:\|[^>]*)?>/g)];
  const found = findsNames ? [...text.matchAll(EVERYBODY)] : [];
  return [...marked, ...found].map(([, name]) => name!);
}
