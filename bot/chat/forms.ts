/** The forms that the chats show, as data: each adapter draws them in its platform's own way. */
import type { KnownModel } from '../../commands/installation.ts';
import { DEFAULTS, LIMITS } from '../../config/defaults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import type { Style } from '../../config/styles.ts';
import type { Job } from '../jobs/job.ts';
import { remixFormId, useFormId } from './custom-id.ts';

export interface Form {
  /** Comes back with what was filled in. */
  readonly id: string;
  readonly title: string;
  /** For titles of at most 24 characters. */
  readonly shortTitle: string;
  /** What sends it: that it is drawn, where nothing is said. */
  readonly submit?: string;
  readonly fields: readonly FormField[];
}

export type FormField = TextField | ChoiceField | PictureField;

export interface TextField {
  readonly kind: 'paragraph' | 'line';
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  /** Characters. */
  readonly longest: number;
  readonly required: boolean;
}

export interface ChoiceField {
  readonly kind: 'choice';
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  /** Of the choices, the one that stands for none: what is not chosen at all means the same. */
  readonly none?: string;
}

/** A file to be brought along; what comes back is its address. */
export interface PictureField {
  readonly kind: 'picture';
  readonly name: string;
  readonly label: string;
  readonly hint: string;
}

const LONGEST_STRENGTH = 30;

/** Of a menu's values: nothing is chosen. No option has such a value. */
export const NOTHING = '(none)';

/** The most used, as people write them; any other can be typed among the words. */
export const ASPECTS = ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'];

/**
 * The same request with whatever is changed. What matters most comes first: a chat may show five fields only. What is not
 * shown there stays as it is, unless a flag among the words says otherwise.
 */
export function remixForm(
  job: Job,
  { models, styles }: { readonly models: readonly KnownModel[]; readonly styles: readonly Style[] },
  language: Language,
): Form {
  const { options, request } = job.asked;
  const prompt = typeof options.prompt === 'string' ? options.prompt : request.prompt;
  const choices = models.filter(({ usable }) => usable).map(({ name, title }) => ({ value: name, title }));
  const model: ChoiceField = {
    kind: 'choice',
    name: 'model',
    label: say(language, 'form.model'),
    value: request.model.name,
    choices,
  };
  const seed: TextField = {
    kind: 'line',
    name: 'seed',
    label: say(language, 'form.seed'),
    hint: say(language, 'form.seed_hint'),
    value: String(request.seed),
    longest: String(LIMITS.seed).length,
    required: false,
  };
  const chosen = (name: string) => String(options[name] ?? '');
  const menu = (
    name: 'style' | 'aspect',
    names: readonly string[],
    nothing: string,
    none: string,
  ): ChoiceField => {
    const value = chosen(name) || nothing;
    const all = [...new Set([value, nothing, ...names])];
    const titled = all.map((one) => ({ value: one, title: one === nothing ? none : '' }));
    return {
      ...{ kind: 'choice', name, label: say(language, `settings.${name}`) },
      ...{ value, choices: titled, none: nothing },
    };
  };
  const styleNames = styles.map(({ name }) => name);
  const negative: TextField = {
    kind: 'line',
    name: 'negative',
    label: say(language, 'settings.negative'),
    hint: say(language, 'page.negative_hint'),
    value: chosen('negative'),
    longest: LIMITS.negative,
    required: false,
  };
  return {
    id: remixFormId(job.id),
    title: say(language, 'form.remix'),
    shortTitle: say(language, 'form.remix'),
    fields: [
      { ...promptField(prompt, language), hint: say(language, 'form.flags_hint') },
      ...(choices.length === 0 ? [] : [model]),
      seed,
      menu('style', styleNames, DEFAULTS.style, say(language, 'page.no_style')),
      menu('aspect', ASPECTS, NOTHING, say(language, 'page.no_shape')),
      {
        kind: 'picture',
        name: 'image',
        label: say(language, 'page.start_picture'),
        hint: say(language, 'option.imagine.image'),
      },
      strengthField('', language),
      negative,
    ],
  };
}

/** A new picture that starts from a message's picture. */
export function useForm(channel: string, message: string, language: Language): Form {
  return {
    id: useFormId(channel, message),
    title: say(language, 'form.use'),
    shortTitle: say(language, 'form.use_short'),
    fields: [promptField('', language), strengthField(String(DEFAULTS.strength), language)],
  };
}

function strengthField(value: string, language: Language): TextField {
  return {
    kind: 'line',
    name: 'strength',
    label: say(language, 'form.strength'),
    hint: say(language, 'form.strength_hint'),
    value,
    longest: LONGEST_STRENGTH,
    required: false,
  };
}

function promptField(value: string, language: Language): TextField {
  const label = say(language, 'form.prompt');
  return { kind: 'paragraph', name: 'prompt', label, value, longest: LIMITS.prompt, required: true };
}
