/** A button: of a job's message, or one that stands for a typed command. */
import type { APIMessageComponentInteraction } from 'discord.js';
import { parseLine } from '../../commands/index.ts';
import { Fault } from '../../config/faults.ts';
import { type Pressed, readCustomId } from '../chat/custom-id.ts';
import type { Shared } from './dependencies.ts';
import { remixForm } from './forms.ts';
import { personOf, tokenOf } from './place.ts';
import { askingOf, giveResult, languageFor, promise, respond } from './respond.ts';

export function onButton(interaction: APIMessageComponentInteraction, shared: Shared): Promise<void> {
  const pressed = readCustomId(interaction.data.custom_id);
  if (pressed?.kind === 'job') return onJobButton(interaction, pressed, shared);
  return respond(interaction, 'private', shared, async (answer) => {
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
  const { clock, jobs, installation, messageRoutes } = shared;
  switch (action) {
    case 'cancel':
    case 'delete':
      return respond(interaction, 'update', shared, async (answer) => {
        if (await answer.defer('update')) messageRoutes.renew(job, tokenOf(interaction, clock.now()));
        if (action === 'cancel') await jobs.cancel(job, personOf(interaction));
        else await jobs.delete(job, personOf(interaction));
      });
    case 'remix':
      return respond(interaction, 'private', shared, async (answer) => {
        const found = jobs.find(job);
        if (found.deletedAt !== undefined) throw new Fault('job.deleted', {});
        await answer.showForm(remixForm(found, installation.models, languageFor(interaction, shared)));
      });
    case 'again':
      return respond(interaction, 'update', shared, async (answer) => {
        const { messages } = jobs.find(job);
        if (await answer.defer('update')) messageRoutes.renew(job, tokenOf(interaction, clock.now()));
        await jobs.followUp('again', job, { ...askingOf(interaction, shared), messages });
      });
    case 'reroll':
    case 'vary':
    case 'finalize':
      return respond(interaction, 'message', shared, async (answer) => {
        const made = await jobs.followUp(action, job, askingOf(interaction, shared), picture);
        await promise(made.id, answer, shared);
      });
    default:
      return action satisfies never;
  }
}
