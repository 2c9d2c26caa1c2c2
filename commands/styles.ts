/** `/styles`: the styles there are, or the words of one. */
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import { applyStyle, type Style } from '../config/styles.ts';
import type { Command, Reply } from './command.ts';
import { complete, plain } from './complete.ts';
import type { Installation } from './installation.ts';
import { withoutMentions } from './mentions.ts';
import { readValue } from './read-option.ts';

const STYLE = {
  type: { kind: 'name', of: 'styles' },
  help: new Phrase('option.styles.style'),
  defaultText: new Phrase('without.styles.style'),
  chat: true,
} as const;

export const styles: Command = {
  name: 'styles',
  description: new Phrase('command.styles.description'),
  options: { style: STYLE },
  words: 'style',
  async run(given, { installation, language }) {
    const title = say(language, 'styles.title');
    if (given.style === undefined) return list(title, installation.styles, language);
    const wanted = readValue(STYLE.type, given.style, 'style');
    const found = complete(STYLE, wanted, installation).map(({ value }) => value);
    const exact = found.find((name) => plain(name) === plain(wanted));
    const one = exact ?? (found.length === 1 ? found[0] : undefined);
    if (one !== undefined) return describe(one, installation, language);
    const some = installation.styles.filter(({ name }) => found.includes(name));
    if (found.length === 0) return list(say(language, 'styles.none'), installation.styles, language);
    return list(title, some, language);
  },
};

function list(title: string, styles: readonly Style[], language: Language): Reply {
  return {
    private: true,
    title,
    lines: [
      withoutMentions(styles.map(({ name }) => name).join(' · ')),
      say(language, 'styles.use', { command: '/imagine a red fox --style "line art"' }),
    ],
  };
}

function describe(name: string, { styles }: Pick<Installation, 'styles'>, language: Language): Reply {
  const style = styles.find((one) => one.name === name)!;
  const { prompt, negative } = applyStyle(style, say(language, 'styles.your_words'), '');
  return {
    private: true,
    title: withoutMentions(style.name),
    lines: [],
    fields: [
      { name: say(language, 'styles.prompt'), value: withoutMentions(prompt) },
      ...(negative === ''
        ? []
        : [{ name: say(language, 'styles.negative'), value: withoutMentions(negative) }]),
    ],
  };
}
