/** The way every command, button and form is answered: at once where that is quick, in hand where not, refused privately. */
import { type APIInteraction, InteractionType, type RawFile } from 'discord.js';
import { type CommandResult, isReply } from '../../commands/command.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { languageOf } from '../../config/messages.ts';
import type { Asking } from '../jobs/intake.ts';
import { languageOfPerson } from '../run-command.ts';
import { shortened } from '../speak.ts';
import type { Answer } from './answers.ts';
import type { Body } from './calls.ts';
import type { Shared } from './parts.ts';
import { personOf, placeOf } from './place.ts';
import { showReply } from './reply-message.ts';
import { sentenceOf } from './speak.ts';

/** Milliseconds before somebody is told that their command is in hand, where the answer is not there yet. */
const PATIENCE = 1_200;
const SENTENCE = 2000;

export type Work = (answer: Answer) => Promise<void>;

/** @param as how it is said to be in hand, should it take long */
export async function answering(
  interaction: APIInteraction,
  as: 'message' | 'private' | 'update',
  shared: Shared,
  work: Work,
): Promise<void> {
  const { answers, clock, lateness, log, whispers } = shared;
  const answer = answers.begin(interaction);
  // Where that is refused, whoever writes next is told the same.
  const stop = clock.after(PATIENCE, () => void answer.defer(as).catch(() => {}));
  try {
    // Who may have given up waiting is asked first: what is not waited for is not rendered.
    if (as === 'message' && lateness.isDoubtful(interaction)) await mustBeHeard(answer);
    await work(answer);
  } catch (error) {
    if (error instanceof Fault && error.code === 'interaction.late') {
      await whispers.tell(personOf(interaction), error);
      return;
    }
    if (!(error instanceof Fault))
      log.error('an interaction failed', { interaction: interaction.id, cause: error });
    await refuse(answer, error, languageFor(interaction, shared)).catch((cause: unknown) => {
      log.warn('a refusal could not be told', { interaction: interaction.id, cause });
    });
  } finally {
    stop();
    answer.close();
  }
}

function refuse(answer: Answer, error: unknown, language: Language): Promise<void> {
  return answer.tell({ content: shortened(sentenceOf(error, language), SENTENCE) });
}

/** @throws Fault `interaction.late` where the asker was told meanwhile that there is no answer */
async function mustBeHeard(answer: Answer): Promise<void> {
  if (!(await answer.defer('message'))) throw new Fault('interaction.late', {});
}

/**
 * The job's message will come into the answer. A job whose asker could not be told that it is in hand is nobody's: they
 * were shown a failure, and have asked again.
 * @throws Fault `interaction.late`
 */
export async function promise(job: string, answer: Answer, { desk }: Pick<Shared, 'desk'>): Promise<void> {
  try {
    await mustBeHeard(answer);
  } catch (error) {
    if (desk.find(job).messages.length === 0) desk.withdraw(job);
    throw error;
  }
}

/** A job's message comes by itself into the answer; everything else is told to the asker alone. */
export async function giveResult(result: CommandResult, answer: Answer, shared: Shared): Promise<void> {
  if (!isReply(result)) return promise(result.job, answer, shared);
  const { desk, readPicture } = shared;
  const { body, files } = await showReply(result, (id) => desk.find(id), readPicture);
  // Files may take longer to get there than Discord waits for an answer.
  if (files.length > 0) await answer.defer('private');
  await answer.tell(body, files);
}

/** Who asks, where the answer goes, and which event it was. */
export function askingOf(
  interaction: APIInteraction,
  { rules, clock }: Pick<Shared, 'rules' | 'clock'>,
): Asking {
  return {
    by: personOf(interaction),
    place: placeOf(interaction, clock.now()),
    // The message of this very answer.
    messages: [],
    key: `discord:${interaction.id}`,
    allow: rules.ofInteraction(interaction),
  };
}

/** What the person chose, else what their Discord is set to. */
export function languageFor(interaction: APIInteraction, { desk }: Pick<Shared, 'desk'>): Language {
  const platforms = languageOf(interaction.type === InteractionType.Ping ? undefined : interaction.locale);
  return languageOfPerson(desk, personOf(interaction), platforms);
}

export type Told = { readonly body: Body; readonly files: readonly RawFile[] };
