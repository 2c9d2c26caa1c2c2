/** A form as somebody fills it in, and what the app's answer to it does. */
import { changeView, prepareView, pushView } from './api-views.ts';
import { elementsIn } from './blocks.ts';
import { fileJson } from './json.ts';
import type { Json, JsonObject, View } from './shapes.ts';
import type { World } from './world.ts';

type Changed = Readonly<Record<string, string | readonly string[]>>;

/** `state.values`: what each field starts with, or what the person put there. */
export function valuesOf(view: View, changed: Changed, world: World): JsonObject {
  const values: Record<string, JsonObject> = {};
  const used = new Set<string>();
  for (const { element, block } of elementsIn(view.content.blocks as JsonObject[])) {
    const type = String(element.type);
    if (type === 'button') continue;
    const [id, blockId] = [String(element.action_id), String(block.block_id)];
    const key = changed[id] === undefined ? blockId : id;
    if (changed[key] !== undefined) used.add(key);
    const value = fieldValue(element, changed[key], world);
    const isEmpty = [value.value, value.selected_option].every((one) => one === null || one === undefined);
    const isRequired = block.type === 'input' && block.optional !== true && type !== 'checkboxes';
    const isList = value.selected_options !== undefined || value.files !== undefined;
    if (isRequired && isEmpty && !isList) throw new Error(`the field ${key} must be filled in`);
    values[blockId] = { ...values[blockId], [id]: { type, ...value } };
  }
  const unknown = Object.keys(changed).filter((key) => !used.has(key));
  if (unknown.length > 0) throw new Error(`the form has no field ${unknown.join(', ')}`);
  return values;
}

/** @param given of a field for files their ids: they are uploaded already */
function fieldValue(
  element: JsonObject,
  given: string | readonly string[] | undefined,
  world: World,
): JsonObject {
  const options = (element.options ?? []) as JsonObject[];
  const chosen = (value: string) => {
    const found = options.find((one) => one.value === value || (one.text as JsonObject).text === value);
    if (found === undefined) throw new Error(`${element.action_id} has no option ${value}`);
    return found;
  };
  const list = given === undefined ? undefined : [given].flat();
  switch (element.type) {
    case 'static_select':
    case 'radio_buttons': {
      if (list === undefined) return { selected_option: element.initial_option ?? null };
      return { selected_option: list[0] === '' ? null : chosen(list[0]!) };
    }
    case 'checkboxes':
    case 'multi_static_select':
      return { selected_options: list === undefined ? (element.initial_options ?? []) : list.map(chosen) };
    case 'file_input': {
      const files = (list ?? []).map((id) => world.files.find((file) => file.id === id)!);
      const kinds = (element.filetypes ?? []) as string[];
      const wrong = files.find(({ name }) => kinds.length > 0 && !kinds.includes(name.split('.').at(-1)!));
      if (wrong !== undefined || files.length > Number(element.max_files ?? 10)) {
        throw new Error(`${element.action_id} does not take ${wrong?.name ?? 'so many files'}`);
      }
      return { files: files.map((file) => fileJson(file, world)) };
    }
    default: {
      const value: Json = list?.[0] ?? element.initial_value ?? null;
      return { value: value === '' ? null : value };
    }
  }
}

/** Closes, changes or adds to the form as the acknowledgement says. */
export async function answerView(view: View, answer: JsonObject, world: World): Promise<void> {
  const { team, user } = view;
  const close = (one: View) => {
    one.open = false;
    // The form below comes to the front again.
  };
  switch (answer.response_action) {
    case undefined:
      close(view);
      break;
    case 'clear':
      for (const one of world.views) if (one.rootId === view.rootId) close(one);
      break;
    case 'errors':
      view.errors = answer.errors as Record<string, string>;
      break;
    case 'update':
      changeView(world, view, await prepareView(answer.view as JsonObject, team, world));
      break;
    case 'push':
      pushView(world, user, await prepareView(answer.view as JsonObject, team, world));
      break;
    default:
      throw new Error(`unknown response_action ${answer.response_action}`);
  }
  world.emit('change');
}
