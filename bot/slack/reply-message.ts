/** A command's reply as a Slack message. */
import type { types } from '@slack/bolt';
import type { Reply } from '../../commands/command.ts';
import { viewOfReplyButton } from '../chat/card-view.ts';
import { shortened } from '../messages/sentences.ts';
import { actions, context, filePicture, LONGEST, type SlackMessage, section, words } from './blocks.ts';
import { harmless, inSlackWords } from './escape.ts';

/** Characters of all texts of a message: from some number on between 11,000 and 13,000 Slack refuses it (slackapi/bolt-js#2867). */
const ALL = 10_000;

const shown = (text: string) => inSlackWords(harmless(text));

/** @param fileOf Slack's id of the file that shows a job's picture, where there is one */
export function showReply(
  { title, lines, fields = [], pictures = [], buttons = [] }: Reply,
  fileOf: (job: string, index: number) => string | undefined,
): SlackMessage {
  const heading = title === undefined ? [] : [`*${shown(title)}*`];
  // Somebody's words may stand in lines, never in names and values: these may have our markup.
  const said = lines.map(shown);
  const named = fields.map(({ name, value }) => `*${shown(name)}*  ${shown(value)}`);
  // Several pictures of one request stand on one sheet.
  const files = new Map(pictures.map(({ job, index, alt }) => [fileOf(job, index), alt]));
  const images = [...files].flatMap(([file, alt]) => (file === undefined ? [] : [filePicture(file, alt)]));
  const captions = [...new Set(pictures.map(({ caption }) => caption))];
  return {
    text: shortened([...heading, ...said, ...named].join('\n'), LONGEST.section),
    blocks: [
      ...heading.map(section),
      ...sections(said, words, ALL / 2),
      ...sections(named, section, ALL / 2),
      ...images,
      ...captions.map((caption) => context('', shortened(harmless(caption), LONGEST.context))),
      ...actions(buttons.map(viewOfReplyButton)),
    ],
  };
}

/** A section holds 3,000 characters; lines are kept whole, and left out at the end where all have more than there is room for. */
function sections(
  lines: readonly string[],
  made: (text: string) => types.KnownBlock,
  room: number,
): types.KnownBlock[] {
  const found: string[] = [];
  let left = room;
  for (const line of lines) {
    left -= Math.min(line.length, LONGEST.section) + 1;
    if (left < 0) break;
    const last = found.at(-1);
    const joined = `${last}\n${line}`;
    if (last !== undefined && joined.length <= LONGEST.section) found[found.length - 1] = joined;
    else found.push(shortened(line, LONGEST.section));
  }
  return found.map(made);
}
