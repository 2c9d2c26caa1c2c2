/** A form as Slack shows it, and what somebody has filled in. */
import type { types, ViewOutput } from '@slack/bolt';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { type ChoiceField, type Form, type FormField, NOTHING, type TextField } from '../chat/forms.ts';
import { shortened } from '../messages/sentences.ts';
import { LONGEST, plain } from './blocks.ts';
import { escaped } from './escape.ts';
import { addressIn } from './pictures.ts';

/** What a form must know when it comes back: Slack keeps it, and tells where the form was opened nowhere else. */
export interface FormOrigin {
  readonly channel: string;
  readonly thread?: string | undefined;
  /** The address of a message's picture. */
  readonly picture?: string | undefined;
}

/** Entries of a menu. */
const CHOICES = 100;
const PICTURES = ['png', 'jpg', 'jpeg', 'webp'];

export function drawForm(
  { id, shortTitle, submit, fields }: Form,
  origin: FormOrigin,
  language: Language,
): types.ModalView {
  const title = (text: string) => plain(shortened(text, LONGEST.title));
  return {
    type: 'modal',
    callback_id: id,
    private_metadata: JSON.stringify(origin),
    title: title(shortTitle),
    submit: title(submit ?? say(language, 'form.submit')),
    close: title(say(language, 'button.cancel')),
    blocks: fields.map(drawField),
  };
}

function drawField(field: FormField): types.InputBlock {
  const isRequired = 'required' in field && field.required;
  return {
    type: 'input',
    block_id: field.name,
    ...(isRequired ? {} : { optional: true }),
    label: plain(field.label),
    element: drawElement(field),
    ...('hint' in field && field.hint !== undefined ? { hint: plain(field.hint) } : {}),
  };
}

function drawElement(field: FormField): types.InputBlock['element'] {
  switch (field.kind) {
    case 'choice':
      return drawMenu(field);
    case 'picture':
      return { type: 'file_input', action_id: field.name, filetypes: PICTURES, max_files: 1 };
    default:
      return drawInput(field);
  }
}

function drawInput({ kind, name, value, longest }: TextField): types.PlainTextInput {
  return {
    type: 'plain_text_input',
    action_id: name,
    ...(kind === 'paragraph' ? { multiline: true } : {}),
    max_length: longest,
    ...(value === '' ? {} : { initial_value: value }),
  };
}

function drawMenu({ name, value, choices }: ChoiceField): types.StaticSelect {
  const options = choices.slice(0, CHOICES).map((choice) => ({
    text: plain(escaped(shortened(titleOf(choice), LONGEST.button - 10))),
    value: choice.value,
  }));
  const current = options.find((option) => option.value === value);
  return {
    type: 'static_select',
    action_id: name,
    options,
    ...(current === undefined ? {} : { initial_option: current }),
  };
}

function titleOf({ value, title }: ChoiceField['choices'][number]): string {
  if (value === NOTHING) return title;
  return title === '' ? value : `${value} · ${title}`;
}

/** The fields of a form that was sent, by their names. */
export function readFields({ values }: ViewOutput['state']): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const inputs of Object.values(values)) {
    for (const [name, { value, selected_option, files }] of Object.entries(inputs)) {
      fields[name] = selected_option?.value ?? addressIn(files) ?? value ?? '';
    }
  }
  return fields;
}

export function readOrigin(metadata: string): FormOrigin {
  return JSON.parse(metadata) as FormOrigin;
}
