/**
 * What Slack's published limits say of texts, buttons, menus and fields.
 * https://docs.slack.dev/reference/block-kit/block-elements and /composition-objects
 */
import type { Json, JsonObject } from './shapes.ts';

/** Collects what is wrong, each with a JSON pointer, as Slack answers it. */
export class Faults {
  readonly list: string[] = [];

  add(message: string, pointer: string): void {
    this.list.push(`${message} [json-pointer:${pointer}]`);
  }

  /** A string of at most so many characters. */
  text(value: Json | undefined, max: number, pointer: string): void {
    if (typeof value !== 'string') this.add('must provide a string', pointer);
    else if (value.length > max) this.add(`must be less than ${max + 1} characters`, pointer);
  }

  optionalText(value: Json | undefined, max: number, pointer: string): void {
    if (value !== undefined) this.text(value, max, pointer);
  }

  items(value: Json | undefined, min: number, max: number, pointer: string): JsonObject[] {
    if (!Array.isArray(value)) {
      this.add('must be an array', pointer);
      return [];
    }
    if (value.length < min) this.add(`no less than ${min} items allowed`, pointer);
    if (value.length > max) this.add(`no more than ${max} items allowed`, pointer);
    return value.map((one) => (isObject(one) ? one : {}));
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text object. @param kinds which types may stand there */
export function checkText(
  value: Json | undefined,
  max: number,
  faults: Faults,
  pointer: string,
  kinds: readonly string[] = ['plain_text'],
): void {
  if (!isObject(value)) {
    faults.add('missing required field: text', pointer);
    return;
  }
  if (!kinds.includes(String(value.type))) {
    faults.add(`unsupported type: ${value.type}`, `${pointer}/type`);
    return;
  }
  if (value.type === 'mrkdwn' && value.emoji !== undefined) {
    faults.add('additional property: emoji', pointer);
  }
  if (value.text === '') faults.add('must be more than 0 characters', `${pointer}/text`);
  else faults.text(value.text, max, `${pointer}/text`);
}

const SELECTS = ['static_select', 'multi_static_select'];
const CHOICES = ['radio_buttons', 'checkboxes'];
const PEOPLE_AND_PLACES = ['users_select', 'conversations_select', 'channels_select', 'external_select'];
const DATES = ['datepicker', 'timepicker', 'datetimepicker'];
const INPUTS = ['plain_text_input', 'number_input', 'url_text_input', 'email_text_input', 'file_input'];

/** Which elements a block may hold. */
export const ELEMENTS_OF: Readonly<Record<string, readonly string[]>> = {
  actions: ['button', 'overflow', ...SELECTS, ...CHOICES, ...PEOPLE_AND_PLACES, ...DATES, 'workflow_button'],
  section: ['button', 'image', 'overflow', ...SELECTS, ...CHOICES, ...PEOPLE_AND_PLACES, ...DATES],
  input: [...INPUTS, ...SELECTS, ...CHOICES, ...PEOPLE_AND_PLACES, ...DATES, 'rich_text_input'],
  context: ['image', 'plain_text', 'mrkdwn'],
};

/** One interactive element. @param seen action ids so far in this block */
export function checkElement(element: JsonObject, faults: Faults, pointer: string, seen: Set<string>): void {
  const type = String(element.type);
  if (element.action_id !== undefined) {
    faults.text(element.action_id, 255, `${pointer}/action_id`);
    const id = String(element.action_id);
    if (seen.has(id)) faults.add(`\`action_id\` already exists: ${id}`, `${pointer}/action_id`);
    seen.add(id);
  }
  if (element.confirm !== undefined) checkConfirm(element.confirm, faults, `${pointer}/confirm`);
  if (type === 'button') {
    checkText(element.text, 75, faults, `${pointer}/text`);
    faults.optionalText(element.value, 2000, `${pointer}/value`);
    faults.optionalText(element.url, 3000, `${pointer}/url`);
    faults.optionalText(element.accessibility_label, 75, `${pointer}/accessibility_label`);
    const isStyled = element.style === undefined || ['primary', 'danger'].includes(String(element.style));
    if (!isStyled) faults.add(`failed to match all allowed values: ${element.style}`, `${pointer}/style`);
    return;
  }
  if (element.placeholder !== undefined) {
    checkText(element.placeholder, 150, faults, `${pointer}/placeholder`);
  }
  if (SELECTS.includes(type)) {
    const groups = element.option_groups;
    if (groups === undefined) checkOptions(element.options, 100, 150, faults, `${pointer}/options`);
    else {
      for (const [i, group] of faults.items(groups, 1, 100, `${pointer}/option_groups`).entries()) {
        const at = `${pointer}/option_groups/${i}`;
        checkText(group.label, 75, faults, `${at}/label`);
        checkOptions(group.options, 100, 75, faults, `${at}/options`);
      }
    }
    checkInitial(element, faults, pointer);
  }
  if (CHOICES.includes(type)) checkOptions(element.options, 10, 75, faults, `${pointer}/options`);
  if (type === 'overflow') checkOptions(element.options, 5, 75, faults, `${pointer}/options`);
  if (type === 'plain_text_input') {
    const max = element.max_length;
    if (max !== undefined && !(Number(max) >= 1 && Number(max) <= 3000)) {
      faults.add('must be between 1 and 3000', `${pointer}/max_length`);
    }
    faults.optionalText(element.initial_value, Number(max ?? 3000), `${pointer}/initial_value`);
  }
  if (type === 'file_input') {
    const { filetypes, max_files: max = 10 } = element;
    if (filetypes !== undefined) faults.items(filetypes, 1, 100, `${pointer}/filetypes`);
    if (!(Number(max) >= 1 && Number(max) <= 10))
      faults.add('must be between 1 and 10', `${pointer}/max_files`);
  }
  if (type === 'number_input' && typeof element.is_decimal_allowed !== 'boolean') {
    faults.add('missing required field: is_decimal_allowed', pointer);
  }
  for (const bound of ['min_value', 'max_value', 'initial_value']) {
    const value = type === 'number_input' ? element[bound] : undefined;
    if (value !== undefined && typeof value !== 'string') {
      faults.add('must provide a string', `${pointer}/${bound}`);
    }
  }
}

function checkOptions(
  options: Json | undefined,
  max: number,
  valueMax: number,
  faults: Faults,
  pointer: string,
): void {
  for (const [i, option] of faults.items(options, 1, max, pointer).entries()) {
    checkText(option.text, 75, faults, `${pointer}/${i}/text`, ['plain_text', 'mrkdwn']);
    faults.text(option.value, valueMax, `${pointer}/${i}/value`);
    if (option.description !== undefined) {
      checkText(option.description, 75, faults, `${pointer}/${i}/description`, ['plain_text', 'mrkdwn']);
    }
  }
}

/** What a menu starts with must be one of its options, word for word. */
function checkInitial(element: JsonObject, faults: Faults, pointer: string): void {
  if (element.initial_option === undefined) return;
  const groups = (element.option_groups ?? []) as JsonObject[];
  const options = [...((element.options ?? []) as Json[]), ...groups.flatMap((g) => g.options as Json[])];
  const wanted = JSON.stringify(element.initial_option);
  if (!options.some((option) => JSON.stringify(option) === wanted)) {
    faults.add('must be included in options', `${pointer}/initial_option`);
  }
}

function checkConfirm(confirm: Json, faults: Faults, pointer: string): void {
  if (!isObject(confirm)) {
    faults.add('must be an object', pointer);
    return;
  }
  checkText(confirm.title, 100, faults, `${pointer}/title`);
  checkText(confirm.text, 300, faults, `${pointer}/text`, ['plain_text', 'mrkdwn']);
  checkText(confirm.confirm, 30, faults, `${pointer}/confirm`);
  checkText(confirm.deny, 30, faults, `${pointer}/deny`);
}
