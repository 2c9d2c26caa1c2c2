/** `/cancel`: ends a request of one's own that waits or runs. */
import { Fault } from '../config/faults.ts';
import type { Command, CommandContext, Reply } from './command.ts';
import { inOneLine } from './mentions.ts';
import { readValue } from './read-option.ts';
import type { OpenRequest } from './studio.ts';

const ALL = 'all';

const REQUEST = {
  type: { kind: 'text', min: 1, max: 64 },
  help: `The request's id, or "${ALL}"`,
  otherwise: 'the only one you have',
  chat: true,
} as const;

export const cancel: Command = {
  name: 'cancel',
  description: 'Cancel your waiting or running request',
  options: { request: REQUEST },
  words: 'request',
  async run(given, context) {
    const { studio } = context;
    const open = studio.openRequests();
    if (given.request !== undefined) {
      const wanted = readValue(REQUEST.type, given.request, 'request').trim();
      if (wanted.toLowerCase() !== ALL) return end([wanted], open, context);
    } else if (open.length > 1) {
      return ask(open, context);
    }
    if (open.length === 0) return told('You have nothing that waits or runs.');
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
  { studio }: CommandContext,
): Promise<Reply> {
  let ended = 0;
  for (const id of ids) {
    try {
      await studio.cancel(id);
      ended++;
    } catch (error) {
      // It may have come to its end by itself just now; that is worth a word only when it was the one asked for.
      if (!(error instanceof Fault) || ids.length === 1) throw error;
    }
  }
  const [first] = ids;
  const prompt = open.find(({ id }) => id === first)?.prompt;
  if (ids.length > 1) return told(`Cancelled ${ended} ${ended === 1 ? 'request' : 'requests'}.`);
  return told(prompt === undefined ? 'Cancelled.' : `Cancelled: ${inOneLine(prompt)}`);
}

function ask(open: readonly OpenRequest[], { abilities }: CommandContext): Reply {
  const lines = open.map(
    ({ id, prompt, state }) =>
      `${state === 'running' ? 'Being made' : 'Waiting'}: ${inOneLine(prompt, 60)} (/cancel ${id})`,
  );
  const buttons = open
    .slice(0, 4)
    .map(
      ({ id, prompt }) =>
        ({ label: `Cancel: ${inOneLine(prompt, 40)}`, types: `/cancel ${id}`, look: 'plain' }) as const,
    );
  return {
    private: true,
    title: 'Which one?',
    lines: [`You have ${open.length} requests; "/cancel ${ALL}" ends all of them.`, ...lines],
    ...(abilities.buttons && {
      buttons: [...buttons, { label: 'Cancel all', types: `/cancel ${ALL}`, look: 'danger' as const }],
    }),
  };
}

function told(line: string): Reply {
  return { private: true, lines: [line] };
}
