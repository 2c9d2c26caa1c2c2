/** A form that was sent: Remix, or a message's picture to start from. */
import type { APIModalSubmitInteraction } from 'discord.js';
import { imagine } from '../../commands/imagine.ts';
import { readForm } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { readCustomId } from '../custom-id.ts';
import { optionsToKeep } from '../remix.ts';
import { answering, askingOf, giveResult, languageFor } from './answering.ts';
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
    const { desk, runCommand, fetchPicture, words } = shared;
    const typed = Object.entries(readFields(interaction.data)).map(([name, value]) => {
      return [name, words.asTyped(value, interaction.guild_id)];
    });
    const fields = readForm(Object.fromEntries(typed), imagine);
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
