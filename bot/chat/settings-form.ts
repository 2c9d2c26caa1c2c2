/** Defaults as a form, one's own or those of a server, for chats whose forms have room for all of them. */
import type { Given, Reply } from '../../commands/command.ts';
import { type PersonSettings, readPersonSettings, YES_NO } from '../../commands/personal-defaults.ts';
import { SERVER_DEFAULTS, serverDefaultFields, withServerChanges } from '../../commands/server-defaults.ts';
import { readServerSettings } from '../../commands/server-rules.ts';
import { DEFAULT, settings } from '../../commands/settings.ts';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { LANGUAGES, type Language } from '../../config/languages.ts';
import { inLanguage, say } from '../../config/messages.ts';
import type { Place } from '../jobs/job.ts';
import type { ChatDependencies } from './chat-dependencies.ts';
import type { Context } from './context.ts';
import { type Owner, settingsFormId } from './custom-id.ts';
import { ASPECTS, type ChoiceField, type Form, type FormField, NOTHING } from './forms.ts';

const NAMES = {
  person: ['model', 'style', 'aspect', 'size', 'count', 'steps', 'negative', 'language', 'ping'],
  server: ['model', 'style', 'size', 'count', 'steps', 'negative', 'ping'],
} as const satisfies Record<Owner, readonly (keyof PersonSettings)[]>;

type Name = (typeof NAMES)[Owner][number];
type Dependencies = Pick<ChatDependencies, 'preferences' | 'installation' | 'contextOf'>;

/** Characters of a number or a size. */
const LONGEST = 40;

/** Whose defaults they are, and whether the asker may change those of the server. */
export interface AskedDefaults {
  readonly owner: Owner;
  readonly server: Pick<Place, 'surface' | 'server'>;
  readonly manages: () => Promise<boolean>;
}

/** Shows the form, filled with what is set. @throws Fault `server.admins` */
export async function openDefaults(
  context: Context,
  asked: AskedDefaults,
  { preferences, installation }: Dependencies,
): Promise<void> {
  await checkOwner(asked);
  const { owner, server } = asked;
  const kept = owner === 'server' ? preferences.ofServer(server) : preferences.ofPerson(await context.by());
  const form = settingsForm(owner, readPersonSettings(kept), installation, await context.language());
  await context.openForm?.(form);
}

/** Keeps what was filled in: an emptied field takes its setting back. @returns what is set now @throws Fault */
export async function saveDefaults(
  context: Context,
  fields: Readonly<Record<string, string>>,
  asked: AskedDefaults,
  { preferences, installation, contextOf }: Dependencies,
): Promise<Reply> {
  await checkOwner(asked);
  const { owner, server } = asked;
  const filled = NAMES[owner].map((name) => [name, (fields[name] ?? '').trim()] as const);
  const given: Given = Object.fromEntries(
    filled.map(([name, value]) => [name, value === '' || value === NOTHING ? DEFAULT : value]),
  );
  const language = await context.language();
  if (owner === 'person') {
    return (await settings.run(given, contextOf(await context.asking(), language))) as Reply;
  }
  const kept = readServerSettings(preferences.ofServer(server));
  const changed = withServerChanges(kept, given, installation);
  await preferences.saveServer(server.surface, String(server.server), { ...changed });
  return serverDefaults(server, preferences, language);
}

/** What is set for everybody there, in words. */
export function serverDefaults(
  server: Pick<Place, 'surface' | 'server'>,
  preferences: Dependencies['preferences'],
  language: Language,
): Reply {
  const kept = readServerSettings(preferences.ofServer(server));
  const fields = serverDefaultFields(kept, language, NAMES.server);
  return { private: true, title: say(language, 'server.defaults'), lines: [], fields };
}

async function checkOwner({ owner, server, manages }: AskedDefaults): Promise<void> {
  if (owner === 'person') return;
  if (server.server === undefined) throw new Fault('server.none', {});
  if (!(await manages())) throw new Fault('server.admins', {});
}

function settingsForm(
  owner: Owner,
  kept: PersonSettings,
  { models, styles }: Dependencies['installation'],
  language: Language,
): Form {
  const entries = (values: readonly (string | number)[]) =>
    values.map((value) => ({ value: String(value), title: '' }));
  const menus: { readonly [N in Name]?: ChoiceField['choices'] } = {
    model: models.flatMap(({ name, title, usable }) => (usable ? [{ value: name, title }] : [])),
    style: entries(styles.map(({ name }) => name)),
    aspect: entries(ASPECTS),
    count: entries(Array.from({ length: LIMITS.count }, (_, i) => i + 1)),
    language: LANGUAGES.map(({ code, name }) => ({ value: code, title: name })),
    ping: entries(YES_NO),
  };
  const command = owner === 'person' ? settings : SERVER_DEFAULTS;
  const unset = (name: Name) => {
    if (owner === 'server') return say(language, 'server.default');
    const { defaultText = '' } = settings.options[name]!;
    return say(language, 'settings.unset', { defaultText });
  };
  const fields = NAMES[owner].map((name): FormField => {
    const value = String(kept[name] ?? '');
    const common = { name, label: say(language, `settings.${name}`) };
    const choices = menus[name];
    if (choices === undefined) {
      const longest = name === 'negative' ? LIMITS.negative : LONGEST;
      const hint = inLanguage(language, command.options[name]!.help);
      return { ...common, kind: 'line', hint, value, longest, required: false };
    }
    // An aspect of their own, or a model that is not here now, stays as it is.
    const isListed = value === '' || choices.some((one) => one.value === value);
    const all = [{ value: NOTHING, title: unset(name) }, ...(isListed ? [] : entries([value])), ...choices];
    return { ...common, kind: 'choice', value: value || NOTHING, choices: all };
  });
  const title = say(language, owner === 'person' ? 'settings.title' : 'server.defaults');
  return { id: settingsFormId(owner), title, shortTitle: title, submit: say(language, 'form.save'), fields };
}
