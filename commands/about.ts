/** `/about`: what this is, which models draw here, and under which licences. */
import { bytesInWords } from '../config/faults.ts';
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import { PROGRAM } from '../config/program.ts';
import type { Command } from './command.ts';
import type { KnownModel } from './installation.ts';

/** What Stability AI's Community License asks to be shown where its weights are used (section IV.b), in these words. */
export const POWERED_BY = 'Powered by Stability AI';

export const about: Command = {
  name: 'about',
  description: new Phrase('command.about.description'),
  options: {},
  async run(_, { installation, language }) {
    const models = installation.models.filter(({ usable }) => usable);
    const usesStability = models.some(({ licence }) => licence === 'stability');
    const list = models.map((model) => describe(model, language)).join('\n');
    const used = (installation.devices?.() ?? []).map(({ device, model, memory }) => {
      const facts = [
        ...(model === undefined ? [] : [model]),
        ...(memory === undefined ? [] : [`${bytesInWords(memory.held)} / ${bytesInWords(memory.budget)}`]),
      ];
      return facts.length === 0 ? device : `${device}: ${facts.join(', ')}`;
    });
    const refused = (installation.refusedDevices?.() ?? []).map((one) =>
      say(language, 'about.not_used', { ...one }),
    );
    const devices = [...used, ...refused];
    return {
      private: true,
      title: `${PROGRAM.name} ${PROGRAM.version}`,
      lines: [
        say(language, 'about.what'),
        ...(usesStability ? [POWERED_BY, say(language, 'about.stability')] : []),
        say(language, 'about.licence', { program: PROGRAM.name }),
      ],
      fields: [
        { name: say(language, 'about.models'), value: list || say(language, 'about.no_models') },
        ...(devices.length === 0
          ? []
          : [{ name: say(language, 'about.devices'), value: devices.join('\n') }]),
      ],
    };
  },
};

function describe({ name, title, role, licence, file, type }: KnownModel, language: Language): string {
  const facts = [
    say(language, role === 'draft' ? 'about.drafts' : 'about.finals'),
    ...(licence === 'stability' ? ['Stability AI'] : []),
    ...(file === undefined ? [] : [file]),
    ...(type === undefined ? [] : [type]),
  ];
  return `${name}: ${title} (${facts.join(', ')})`;
}
