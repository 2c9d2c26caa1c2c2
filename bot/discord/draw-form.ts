/** A form as Discord shows it, and what somebody has filled in. */
import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmission,
  type APIStringSelectComponent,
  type APITextInputComponent,
  ComponentType,
  TextInputStyle,
} from 'discord.js';
import { type ChoiceField, type Form, type FormField, NOTHING, type TextField } from '../chat/forms.ts';
import { shortened } from '../messages/sentences.ts';

/** Discord's longest menu, its most fields, its longest title and words of an entry. */
const CHOICES = 25;
const FIELDS = 5;
const TITLE = 45;
const ENTRY = 100;

export function drawForm({ id, title, fields }: Form): APIModalInteractionResponseCallbackData {
  return {
    custom_id: id,
    title: shortened(title, TITLE),
    components: fields.slice(0, FIELDS).map(drawField),
  };
}

function drawField(field: FormField): APILabelComponent {
  const component = field.kind === 'choice' ? drawMenu(field) : drawInput(field);
  const hint = 'hint' in field ? { description: field.hint } : {};
  return { type: ComponentType.Label, label: field.label, ...hint, component };
}

function drawInput({ kind, name, value, longest, required }: TextField): APITextInputComponent {
  return {
    type: ComponentType.TextInput,
    custom_id: name,
    style: kind === 'paragraph' ? TextInputStyle.Paragraph : TextInputStyle.Short,
    ...(required ? { min_length: 1 } : {}),
    max_length: longest,
    required,
    ...(value === '' ? {} : { value }),
  };
}

function drawMenu({ name, value, choices }: ChoiceField): APIStringSelectComponent {
  return {
    type: ComponentType.StringSelect,
    custom_id: name,
    required: false,
    options: choices.slice(0, CHOICES).map((choice) => ({
      label: shortened(choice.value === NOTHING ? choice.title : choice.value, ENTRY),
      ...(choice.value === NOTHING || choice.title === ''
        ? {}
        : { description: shortened(choice.title, ENTRY) }),
      value: choice.value,
      default: choice.value === value,
    })),
  };
}

/** The fields of a form that was sent, by their names. */
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
