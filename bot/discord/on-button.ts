/** A button: of a job's message, or one that stands for a typed command. */
import type { APIMessageComponentInteraction } from 'discord.js';
import { parseLine } from '../../commands/index.ts';
import { Fault } from '../../config/faults.ts';
import { type Pressed, readCustomId } from '../custom-id.ts';
import { answering, askingOf, giveResult, languageFor, promise } from './answering.ts';
import { remixForm } from './forms.ts';
import type { Shared } from './parts.ts';
import { personOf, ticketOf } from './place.ts';

export function onButton(interaction: APIMessageComponentInteraction, shared: Shared): Promise<void> {
  const pressed = readCustomId(interaction.data.custom_id);
  if (pressed?.kind === 'job') return onJobButton(interaction, pressed, shared);
  return answering(interaction, 'private', shared, async (answer) => {
    if (pressed?.kind !== 'typed') throw new Fault('job.unknown', {});
    const { runCommand, fetchPicture } = shared;
    const typed = parseLine(pressed.line);
    await giveResult(
      await runCommand({
        ...typed,
        asking: askingOf(interaction, shared),
        language: languageFor(interaction, shared),
        fetchPicture,
      }),
      answer,
      shared,
    );
  });
}

function onJobButton(
  interaction: APIMessageComponentInteraction,
  { action, job, picture }: Pressed & { kind: 'job' },
  shared: Shared,
): Promise<void> {
  const { clock, desk, house, ways } = shared;
  switch (action) {
    case 'cancel':
    case 'delete':
      return answering(interaction, 'update', shared, async (answer) => {
        if (await answer.defer('update')) ways.renew(job, ticketOf(interaction, clock.now()));
        if (action === 'cancel') await desk.cancel(job, personOf(interaction));
        else await desk.delete(job, personOf(interaction));
      });
    case 'remix':
      return answering(interaction, 'private', shared, async (answer) => {
        const found = desk.find(job);
        if (found.deletedAt !== undefined) throw new Fault('job.deleted', {});
        await answer.showForm(remixForm(found, house.models, languageFor(interaction, shared)));
      });
    case 'again':
      return answering(interaction, 'update', shared, async (answer) => {
        const { messages } = desk.find(job);
        if (await answer.defer('update')) ways.renew(job, ticketOf(interaction, clock.now()));
        await desk.followUp('again', job, { ...askingOf(interaction, shared), messages });
      });
    case 'reroll':
    case 'vary':
    case 'finalize':
      return answering(interaction, 'message', shared, async (answer) => {
        const made = await desk.followUp(action, job, askingOf(interaction, shared), picture);
        await promise(made.id, answer, shared);
      });
    default:
      return action satisfies never;
  }
}
