/** Everything that can be typed, chosen or pressed in a chat that draws its own forms, explained in a language. */
import type { CommandOptions } from '../../commands/command.ts';
import { FOLLOW_UP_ACTIONS, FOLLOW_UPS } from '../../commands/follow-up.ts';
import { COMMANDS } from '../../commands/index.ts';
import type { Installation } from '../../commands/installation.ts';
import { OPTIONS, type Option } from '../../commands/options.ts';
import { type PersonSettings, withPersonalDefaults } from '../../commands/personal-defaults.ts';
import { allowedValues } from '../../commands/read-option.ts';
import { DEFAULTS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { inLanguage, say } from '../../config/messages.ts';
import { PROGRAM } from '../../config/program.ts';
import { actionLabel, actionLook } from '../messages/card-words.ts';

export function offers(
  {
    installation,
    examples,
  }: {
    readonly installation: Pick<Installation, 'chooseModel' | 'models' | 'styles' | 'loras' | 'controlNets'>;
    /** Prompts that the models here can draw. */
    readonly examples: readonly string[];
  },
  language: Language,
  settings: PersonSettings = {},
) {
  const { models, styles } = installation;
  const own = withPersonalDefaults({}, settings, installation);
  const describe = (options: CommandOptions) =>
    Object.entries(options).map(([name, option]) => describeOption(name, option, language));
  return {
    program: PROGRAM,
    language,
    commands: COMMANDS.map((command) => ({
      name: command.name,
      description: inLanguage(language, command.description),
      words: command.words,
      options: describe(command.options),
    })),
    options: describe(OPTIONS),
    models: models.filter(({ usable }) => usable).map(({ name, title, role }) => ({ name, title, role })),
    styles: styles.map(({ name }) => name),
    loras: installation.loras?.() ?? [],
    controlNets: installation.controlNets?.() ?? [],
    /** What applies to whoever asks where they say nothing. */
    defaults: {
      model: String(own.model ?? firstModel(installation)),
      style: own.style === undefined ? undefined : String(own.style),
      shape: own.aspect ?? own.size,
      count: Number(own.count ?? DEFAULTS.count),
    },
    actions: FOLLOW_UP_ACTIONS.map((action) => describeAction(action, language)),
    examples,
  };
}

export type Offers = ReturnType<typeof offers>;

/** The one that draws where nobody names one; none is there while every device is on another machine and away. */
function firstModel(installation: Pick<Installation, 'chooseModel'>): string {
  try {
    return installation.chooseModel(undefined, 'model').name;
  } catch (error) {
    if (error instanceof Fault) return '';
    throw error;
  }
}

function describeOption(name: string, option: Option, language: Language) {
  const { defaultText } = option;
  return {
    name,
    help: inLanguage(language, option.help),
    kind: option.type.kind,
    allowed: inLanguage(language, allowedValues(option.type)),
    defaultText: defaultText === undefined ? undefined : inLanguage(language, defaultText),
    names: 'names' in option.type ? option.type.names : undefined,
    required: 'required' in option ? true : undefined,
  };
}

function describeAction(action: (typeof FOLLOW_UP_ACTIONS)[number], language: Language) {
  const { who, reactions } = FOLLOW_UPS[action];
  return {
    action,
    label: actionLabel(action, language),
    help: say(language, `page.help_${action}`),
    look: actionLook(action),
    who,
    reactions,
  };
}
