/** A form that was sent: Remix, or a message's picture to start from. What is wrong is said in the form itself. */
import type { Given } from '../../commands/command.ts';
import { imagine } from '../../commands/imagine.ts';
import { readForm } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { readCustomId } from '../chat/custom-id.ts';
import { optionsToKeep } from '../chat/remix.ts';
import type { Shared } from './dependencies.ts';
import { sentenceOf } from './escape.ts';
import { type FormOrigin, type FormState, readFields, readOrigin } from './forms.ts';
import { ownFileOf, pictureFetcherOf } from './pictures.ts';
import { type Acknowledge, askingOf, giveResult, type Heard, respond } from './respond.ts';

/** What Slack sends. */
export interface FormBody {
  readonly trigger_id?: string;
  readonly team?: { readonly id: string } | null;
  readonly enterprise?: { readonly id: string } | null;
  readonly user: { readonly id: string; readonly name?: string; readonly team_id?: string };
  readonly view: {
    readonly id: string;
    readonly callback_id: string;
    readonly private_metadata: string;
    readonly app_installed_team_id?: string;
    readonly state: FormState;
  };
}

export function onForm(body: FormBody, acknowledge: Acknowledge, shared: Shared): Promise<void> {
  const { view, user, team, enterprise } = body;
  const origin = readOrigin(view.private_metadata);
  const heard: Heard = {
    key: `slack:${view.id}:${body.trigger_id ?? JSON.stringify(view.state)}`,
    name: user.name ?? user.id,
    spot: {
      team: view.app_installed_team_id ?? team?.id ?? user.team_id ?? '',
      ...(enterprise ? { enterprise: enterprise.id } : {}),
      channel: origin.channel,
      thread: origin.thread,
      user: user.id,
    },
    acknowledge,
  };
  const fields = readFields(view.state);
  return respond(heard, shared, async (answer) => {
    try {
      const { given, remixOf } = await readRequest(view.callback_id, origin, fields, shared);
      const asking = await askingOf(heard, shared);
      const fetchPicture = pictureFetcherOf(heard.spot, shared);
      const language = await shared.users.language(heard.spot, heard.spot.user);
      const asked = { command: imagine, given, asking, language, fetchPicture };
      const result = await shared.runCommand({ ...asked, ...(remixOf === undefined ? {} : { remixOf }) });
      await giveResult(result, answer, shared);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { spot } = heard;
      const sentence = sentenceOf(error, await shared.users.language(spot, spot.user));
      const errors = { [blockOf(error, fields)]: sentence };
      if (!(await answer.first({ response_action: 'errors', errors }))) throw error;
    }
  });
}

/** @throws Fault */
async function readRequest(
  formId: string,
  origin: FormOrigin,
  fields: Record<string, string>,
  shared: Shared,
): Promise<{ given: Given; remixOf?: string }> {
  const form = readCustomId(formId);
  const given = readForm(fields, imagine);
  if (form?.kind === 'remix_form') {
    return { given: { ...optionsToKeep(shared.jobs.find(form.job)), ...given }, remixOf: form.job };
  }
  if (form?.kind !== 'use_form') throw new Fault('job.unknown', {});
  const own = ownFileOf(form.channel, form.message, shared);
  const image = own === undefined ? origin.picture : await shared.readPicture(own);
  if (image === undefined) throw new Fault('image.type', { image: 'The message' });
  return { given: { ...given, image } };
}

/** The input that a refusal is about; the prompt where it is about none. */
function blockOf({ data }: Fault, fields: Record<string, string>): string {
  const { option = 'prompt' } = data as { option?: string };
  return Object.hasOwn(fields, option) ? option : 'prompt';
}
