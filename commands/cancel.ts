/** `/cancel`: ends a request of one's own that waits or runs. */
import { Fault } from '../config/faults.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command, CommandContext, Reply, ReplyButton } from './command.ts';
import type { OpenRequest } from './job-service.ts';
import { inOneLine } from './mentions.ts';
import { readValue } from './read-option.ts';

const ALL = 'all';

const REQUEST = {
  type: { kind: 'text', min: 1, max: 64 },
  help: new Phrase('option.cancel.request'),
  defaultText: new Phrase('without.cancel.request'),
  chat: true,
} as const;

export const cancel: Command = {
  name: 'cancel',
  description: new Phrase('command.cancel.description'),
  options: { request: REQUEST },
  words: 'request',
  async run(given, context) {
    const { jobs } = context;
    const open = jobs.openRequests();
    if (given.request !== undefined) {
      const wanted = readValue(REQUEST.type, given.request, 'request').trim();
      if (wanted.toLowerCase() !== ALL) return end([wanted], open, context);
    } else if (open.length > 1) {
      return ask(open, context);
    }
    if (open.length === 0) return told(say(context.language, 'cancel.nothing'));
    return end(
      open.map(({ id }) => id),
      open,
      context,
    );
  },
};

async function end(
  ids: readonly string[],
  open: readonly OpenRequest[],
  { jobs, language }: CommandContext,
): Promise<Reply> {
  let ended = 0;
  for (const id of ids) {
    try {
      await jobs.cancel(id);
      ended++;
    } catch (error) {
      // It may have come to its end by itself just now; that is worth a word only when it was the one asked for.
      if (!(error instanceof Fault) || ids.length === 1) throw error;
    }
  }
  const [first] = ids;
  const prompt = open.find(({ id }) => id === first)?.prompt;
  if (ids.length > 1) return told(say(language, 'cancel.done_many', { n: ended }));
  if (prompt === undefined) return told(say(language, 'cancel.done'));
  return told(say(language, 'cancel.done_one', { prompt: inOneLine(prompt) }));
}

function ask(open: readonly OpenRequest[], { language }: CommandContext): Reply {
  const lines = open.map(({ id, prompt, state }) =>
    say(language, `cancel.${state}`, { prompt: inOneLine(prompt, 60), command: `/cancel ${id}` }),
  );
  const buttons = open.slice(0, 4).map(({ id, prompt }): ReplyButton => {
    const label = say(language, 'cancel.button', { prompt: inOneLine(prompt, 40) });
    return { label, types: `/cancel ${id}`, look: 'plain' };
  });
  const all = `/cancel ${ALL}`;
  const endAll: ReplyButton = { label: say(language, 'cancel.button_all'), types: all, look: 'danger' };
  return {
    private: true,
    title: say(language, 'cancel.which'),
    lines: [say(language, 'cancel.several', { n: open.length, command: all }), ...lines],
    buttons: [...buttons, endAll],
  };
}

function told(line: string): Reply {
  return { private: true, lines: [line] };
}
