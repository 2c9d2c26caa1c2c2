/** `/styles`: the styles there are, or the words of one. */
import { applyStyle } from '../config/styles.ts';
import type { Command, House, Reply } from './command.ts';
import { complete, plain } from './complete.ts';
import { withoutMentions } from './mentions.ts';
import { readValue } from './read-option.ts';

const STYLE = {
  type: { kind: 'name', of: 'styles' },
  help: 'A style whose words you want to see, or a part of its name',
  otherwise: 'all of them',
  chat: true,
} as const;

export const styles: Command = {
  name: 'styles',
  description: 'Show the styles a picture can be drawn in',
  options: { style: STYLE },
  words: 'style',
  async run(given, { house }) {
    if (given.style === undefined) return list('Styles', house);
    const wanted = readValue(STYLE.type, given.style, 'style');
    const found = complete(STYLE, wanted, house).map(({ value }) => value);
    const exact = found.find((name) => plain(name) === plain(wanted));
    const one = exact ?? (found.length === 1 ? found[0] : undefined);
    if (one !== undefined) return describe(one, house);
    const some = house.styles.filter(({ name }) => found.includes(name));
    return list(found.length === 0 ? 'No style of that name; there are' : 'Styles', {
      styles: found.length === 0 ? house.styles : some,
    });
  },
};

function list(title: string, { styles }: Pick<House, 'styles'>): Reply {
  return {
    private: true,
    title,
    lines: [
      withoutMentions(styles.map(({ name }) => name).join(' · ')),
      'Use one with the option style: /imagine a red fox --style "line art"',
    ],
  };
}

function describe(name: string, { styles }: Pick<House, 'styles'>): Reply {
  const style = styles.find((one) => one.name === name)!;
  const { prompt, negative } = applyStyle(style, 'your words', '');
  return {
    private: true,
    title: withoutMentions(style.name),
    lines: [],
    fields: [
      { name: 'Prompt', value: withoutMentions(prompt) },
      ...(negative === '' ? [] : [{ name: 'Negative prompt', value: withoutMentions(negative) }]),
    ],
  };
}
