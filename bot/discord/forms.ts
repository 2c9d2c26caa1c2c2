/** The forms that Discord shows: Remix, and using a message's picture; and what somebody has filled in. */
import { type APIModalSubmission, ComponentType, TextInputStyle } from 'discord.js';
import type { KnownModel } from '../../commands/command.ts';
import { DEFAULTS, LIMITS } from '../../config/defaults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { remixFormId, useFormId } from '../chat/custom-id.ts';
import type { Job } from '../jobs/job.ts';
import { shortened } from '../messages/sentences.ts';
import type { Body } from './calls.ts';

/** Discord's longest choice. */
const CHOICES = 25;

export function remixForm(job: Job, models: readonly KnownModel[], language: Language): Body {
  const { options, request } = job.asked;
  const words = typeof options.prompt === 'string' ? options.prompt : request.prompt;
  const choices = models.filter(({ usable }) => usable).slice(0, CHOICES);
  const fields = [promptField(words, language)];
  if (choices.length > 0) {
    const select = {
      type: ComponentType.StringSelect,
      custom_id: 'model',
      required: false,
      options: choices.map(({ name, title }) => ({
        label: shortened(name, 100),
        description: shortened(title, 100),
        value: name,
        default: name === request.model.name,
      })),
    };
    fields.push(labelled(say(language, 'form.model'), select));
  }
  const seed = { ...line('seed', String(request.seed)), max_length: String(LIMITS.seed).length };
  fields.push(labelled(say(language, 'form.seed'), seed, say(language, 'form.seed_hint')));
  return { custom_id: remixFormId(job.id), title: say(language, 'form.remix'), components: fields };
}

export function useForm(channel: string, message: string, language: Language): Body {
  const strength = line('strength', String(DEFAULTS.strength));
  return {
    custom_id: useFormId(channel, message),
    title: shortened(say(language, 'form.use'), 45),
    components: [
      promptField('', language),
      labelled(say(language, 'form.strength'), strength, say(language, 'form.strength_hint')),
    ],
  };
}

function promptField(value: string, language: Language): Body {
  const input = {
    type: ComponentType.TextInput,
    custom_id: 'prompt',
    style: TextInputStyle.Paragraph,
    min_length: 1,
    max_length: LIMITS.prompt,
    required: true,
    ...(value === '' ? {} : { value }),
  };
  return labelled(say(language, 'form.prompt'), input);
}

function line(id: string, value: string): Body {
  return {
    type: ComponentType.TextInput,
    custom_id: id,
    style: TextInputStyle.Short,
    required: false,
    max_length: 30,
    value,
  };
}

function labelled(label: string, component: Body, description?: string): Body {
  const hint = description === undefined ? {} : { description };
  return { type: ComponentType.Label, label, ...hint, component };
}

/** The fields of a form that was sent, by their ids. */
export function readFields({ components }: APIModalSubmission): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const row of components) {
    const inner = 'component' in row ? [row.component] : 'components' in row ? row.components : [];
    for (const field of inner) {
      if ('value' in field) fields[field.custom_id] = String(field.value ?? '');
      else if ('values' in field) fields[field.custom_id] = field.values[0] ?? '';
    }
  }
  return fields;
}
