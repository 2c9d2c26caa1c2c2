/** A form that was sent: Remix, or a message's picture to start from. */
import type { APIModalSubmitInteraction } from 'discord.js';
import type { Given } from '../../commands/command.ts';
import { imagine } from '../../commands/imagine.ts';
import { OPTION_NAMES } from '../../commands/options.ts';
import { readForm } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import type { Job } from '../jobs/job.ts';
import { answering, askingOf, giveResult, languageFor } from './answering.ts';
import { readCustomId } from './custom-id.ts';
import { readFields } from './forms.ts';
import type { MessagePictures } from './message-pictures.ts';
import type { Shared } from './parts.ts';

export function onForm(
  interaction: APIModalSubmitInteraction,
  shared: Shared,
  pictures: MessagePictures,
): Promise<void> {
  const form = readCustomId(interaction.data.custom_id);
  return answering(interaction, 'message', shared, async (answer) => {
    const { desk, runCommand, fetchPicture } = shared;
    const fields = readForm(readFields(interaction.data), imagine);
    const asked = {
      command: imagine,
      asking: askingOf(interaction, shared),
      language: languageFor(interaction, shared),
      fetchPicture,
    };
    if (form?.kind === 'remix_form') {
      const given = { ...optionsToKeep(desk.find(form.job)), ...fields };
      const remixOf = form.job;
      const result = await runCommand({ ...asked, given, remixOf });
      return giveResult(result, answer, shared);
    }
    if (form?.kind !== 'use_form') throw new Fault('job.unknown', {});
    const image = await pictures.find(form.channel, form.message);
    if (image === undefined) throw new Fault('image.type', { image: 'The message' });
    const given = { ...fields, image };
    await giveResult(await runCommand({ ...asked, given }), answer, shared);
  });
}

/** Everything that was asked for but what the form asks anew, and what belongs to a start picture that is not kept. */
function optionsToKeep(job: Job): Given {
  if (job.deletedAt !== undefined) throw new Fault('job.deleted', {});
  const dropped = ['prompt', 'model', 'seed', 'image', 'strength'];
  const kept = Object.entries(job.asked.options).filter(
    (entry): entry is [string, string | number] =>
      OPTION_NAMES.some((name) => name === entry[0]) &&
      !dropped.includes(entry[0]) &&
      (typeof entry[1] === 'string' || typeof entry[1] === 'number'),
  );
  return Object.fromEntries(kept);
}
