/** A form as Discord shows it, and what somebody has filled in. */
import {
  type APIComponentInLabel,
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
/** Before the parts of the id of several menus in one: what was chosen in each, so that what is new can be told. */
const SEVERAL = 'several';

export function drawForm({ id, title, fields }: Form): APIModalInteractionResponseCallbackData {
  const drawn = fields.length > FIELDS ? withOneMenu(fields) : fields.map(drawField);
  return { custom_id: id, title: shortened(title, TITLE), components: drawn.slice(0, FIELDS) };
}

function drawField(field: FormField): APILabelComponent {
  const hint = 'hint' in field ? { description: shortened(field.hint, ENTRY) } : {};
  return { type: ComponentType.Label, label: field.label, ...hint, component: drawComponent(field) };
}

function drawComponent(field: FormField): APIComponentInLabel {
  switch (field.kind) {
    case 'choice':
      return drawMenu(field);
    case 'picture': {
      const one = { required: false, min_values: 0, max_values: 1, file_types: ['image' as const] };
      return { type: ComponentType.FileUpload, custom_id: field.name, ...one };
    }
    default:
      return drawInput(field);
  }
}

type Optional = ChoiceField & { readonly none: string };

const isOptional = (field: FormField): field is Optional =>
  field.kind === 'choice' && field.none !== undefined;

/** Where there are too many fields, menus in which nothing need be chosen are one, from which one of each is taken. */
function withOneMenu(fields: readonly FormField[]): APILabelComponent[] {
  const menus = fields.filter(isOptional);
  const first = menus[0];
  return fields.flatMap((field) => {
    if (!isOptional(field)) return [drawField(field)];
    return field === first ? [drawSeveral(menus)] : [];
  });
}

function drawSeveral(menus: readonly Optional[]): APILabelComponent {
  const chosen = menus.map(({ name, value, none }) => `${name}=${value === none ? '' : value}`);
  // Of each an equal part, so that none is crowded out.
  const room = Math.floor(CHOICES / menus.length);
  const spare = CHOICES - menus.reduce((sum, { choices }) => sum + Math.min(room, choices.length - 1), 0);
  const options = menus.flatMap(({ name, label, value, none, choices }) =>
    choices
      .filter((choice) => choice.value !== none)
      .slice(0, room + spare)
      .map((choice) => ({
        label: shortened(choice.value, ENTRY),
        description: label,
        value: `${name}=${choice.value}`,
        default: choice.value === value,
      })),
  );
  return {
    type: ComponentType.Label,
    label: shortened(menus.map(({ label }) => label).join(', '), TITLE),
    component: {
      type: ComponentType.StringSelect,
      custom_id: [SEVERAL, ...chosen].join('|').slice(0, ENTRY),
      required: false,
      min_values: 0,
      max_values: menus.length,
      options: options.slice(0, CHOICES),
    },
  };
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
export function readFields({ components, resolved }: APIModalSubmission): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const row of components) {
    const inner = 'component' in row ? [row.component] : 'components' in row ? row.components : [];
    for (const field of inner) {
      const id = field.custom_id;
      if (field.type === ComponentType.FileUpload) {
        fields[id] = resolved?.attachments?.[field.values[0] ?? '']?.url ?? '';
      } else if ('values' in field && id.startsWith(`${SEVERAL}|`)) {
        Object.assign(fields, readSeveral(id, field.values));
      } else if ('value' in field) fields[id] = String(field.value ?? '');
      else if ('values' in field) fields[id] = field.values[0] ?? '';
    }
  }
  return fields;
}

/** What was chosen of each kind: of two the new one; of two new ones both, which is refused with a sentence. */
function readSeveral(id: string, values: readonly string[]): Record<string, string> {
  const before = id.split('|').slice(1);
  return Object.fromEntries(
    before.map((old) => {
      const name = old.slice(0, old.indexOf('='));
      const all = values.filter((one) => one.startsWith(`${name}=`));
      const fresh = all.filter((one) => one !== old);
      const chosen = (fresh.length > 0 ? fresh : all).map((one) => one.slice(name.length + 1));
      return [name, chosen.join(', ') || NOTHING];
    }),
  );
}
