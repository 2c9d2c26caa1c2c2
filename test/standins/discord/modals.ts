/**
 * A form by what Discord's documentation says beyond its published description of the API.
 * https://docs.discord.com/developers/components/reference, "Label", "String Select", "File Upload"; "Modal" of
 * interactions/receiving-and-responding.
 */
import type { Json, JsonObject } from './shapes.ts';
import { allComponents } from './world.ts';
import { invalid } from './write-message.ts';

const TYPES = { text: 4, selects: [3, 5, 6, 7, 8], display: 10, label: 18, file: 19 } as const;
/** What may stand in a label: radio buttons and checkboxes as well. */
const IN_LABEL = [TYPES.text, ...TYPES.selects, TYPES.file, 21, 22, 23];
const MOST = 5;

/** @throws Refusal */
export function checkModal({ components = [] }: { readonly components?: Json }): void {
  const rows = components as JsonObject[];
  if (rows.length < 1 || rows.length > MOST)
    throw invalid('components', 'Must be between 1 and 5 in length.');
  for (const row of rows) {
    const inner = row.component as JsonObject | undefined;
    const isLabel = row.type === TYPES.label && IN_LABEL.includes(Number(inner?.type));
    if (!isLabel && row.type !== TYPES.display)
      throw invalid('components', `A form has no ${row.type} there`);
    if (inner !== undefined) checkField(inner);
  }
  const ids = allComponents(rows).flatMap(({ custom_id }) => custom_id ?? []);
  if (new Set(ids).size !== ids.length) throw invalid('components', 'Component custom id is duplicated');
}

function checkField(field: JsonObject): void {
  const { type, min_values = 1, max_values = 1, options } = field;
  if (type === TYPES.text) {
    if (field.label !== undefined) throw invalid('label', 'A text input in a label has none of its own');
    return;
  }
  if (Number(min_values) > Number(max_values)) throw invalid('min_values', 'More than max_values');
  if (options === undefined) return;
  const listed = options as JsonObject[];
  if (Number(max_values) > listed.length) throw invalid('max_values', 'More than there are options');
  const chosen = listed.filter((option) => option.default === true);
  if (chosen.length > Number(max_values)) throw invalid('options', 'Too many of them are defaults');
  const values = listed.map(({ value }) => value);
  if (new Set(values).size !== values.length)
    throw invalid('options', 'The value of an option is duplicated');
}
