/** The forms that Slack shows: Remix, and using a message's picture; and what somebody has filled in. */
import type { KnownModel } from '../../commands/command.ts';
import { DEFAULTS, LIMITS } from '../../config/defaults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { remixFormId, useFormId } from '../chat/custom-id.ts';
import type { Job } from '../jobs/job.ts';
import { shortened } from '../messages/sentences.ts';
import { type Block, LONGEST, plain } from './blocks.ts';
import { escaped } from './escape.ts';

/** What a form must know when it comes back: Slack keeps it, and tells where the form was opened nowhere else. */
export interface FormOrigin {
  readonly channel: string;
  readonly thread?: string | undefined;
  /** The address of a message's picture. */
  readonly picture?: string | undefined;
}

/** Entries of a menu. */
const CHOICES = 100;

export function remixForm(
  job: Job,
  models: readonly KnownModel[],
  origin: FormOrigin,
  language: Language,
): Block {
  const { options, request } = job.asked;
  const prompt = typeof options.prompt === 'string' ? options.prompt : request.prompt;
  const choices = models.filter(({ usable }) => usable).slice(0, CHOICES);
  const entries = choices.map(({ name, title }) => ({
    text: plain(escaped(shortened(`${name} · ${title}`, LONGEST.button - 10))),
    value: name,
  }));
  const current = entries.find(({ value }) => value === request.model.name);
  const model = {
    type: 'static_select',
    action_id: 'model',
    options: entries,
    ...(current === undefined ? {} : { initial_option: current }),
  };
  const blocks = [
    promptInput(prompt, language),
    ...(entries.length === 0 ? [] : [input('model', say(language, 'form.model'), model)]),
    input(
      'seed',
      say(language, 'form.seed'),
      line('seed', String(request.seed)),
      say(language, 'form.seed_hint'),
    ),
  ];
  return modal(remixFormId(job.id), say(language, 'form.remix'), blocks, origin, language);
}

/** @param message its time stamp */
export function useForm(message: string, origin: FormOrigin, language: Language): Block {
  const strength = line('strength', String(DEFAULTS.strength));
  const hint = say(language, 'form.strength_hint');
  const blocks = [
    promptInput('', language),
    input('strength', say(language, 'form.strength'), strength, hint),
  ];
  return modal(useFormId(origin.channel, message), say(language, 'form.use_short'), blocks, origin, language);
}

function modal(id: string, title: string, blocks: Block[], origin: FormOrigin, language: Language): Block {
  return {
    type: 'modal',
    callback_id: id,
    private_metadata: JSON.stringify(origin),
    title: plain(shortened(title, LONGEST.title)),
    submit: plain(shortened(say(language, 'form.submit'), LONGEST.title)),
    close: plain(shortened(say(language, 'button.cancel'), LONGEST.title)),
    blocks,
  };
}

function promptInput(value: string, language: Language): Block {
  const element = {
    type: 'plain_text_input',
    action_id: 'prompt',
    multiline: true,
    max_length: LIMITS.prompt,
    ...(value === '' ? {} : { initial_value: value }),
  };
  const label = plain(say(language, 'form.prompt'));
  return { type: 'input', block_id: 'prompt', label, element };
}

function input(id: string, label: string, element: Block, hint?: string): Block {
  const more = hint === undefined ? {} : { hint: plain(hint) };
  return { type: 'input', block_id: id, optional: true, label: plain(label), element, ...more };
}

function line(id: string, value: string): Block {
  return { type: 'plain_text_input', action_id: id, initial_value: value, max_length: 30 };
}

/** What Slack says of the inputs of a form that was sent: by block, then by action. */
export interface FormState {
  readonly values: {
    readonly [block: string]: {
      readonly [action: string]: {
        readonly value?: string | null;
        readonly selected_option?: { readonly value: string } | null;
      };
    };
  };
}

/** The fields of a form that was sent, by their names. */
export function readFields({ values }: FormState): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const inputs of Object.values(values)) {
    for (const [name, { value, selected_option }] of Object.entries(inputs)) {
      fields[name] = selected_option?.value ?? value ?? '';
    }
  }
  return fields;
}

export function readOrigin(metadata: string): FormOrigin {
  return JSON.parse(metadata) as FormOrigin;
}
