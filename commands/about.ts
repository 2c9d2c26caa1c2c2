/** `/about`: what this is, which models draw here, and under which licences. */
import { PROGRAM } from '../config/program.ts';
import type { Command, KnownModel } from './command.ts';

/** What Stability AI's Community License asks to be shown where its weights are used (section IV.b). */
export const POWERED_BY = 'Powered by Stability AI';
const STABILITY_LICENCE =
  'Stability AI’s models are used under the Stability AI Community License (https://stability.ai/license) and its Acceptable Use Policy (https://stability.ai/use-policy).';

export const about: Command = {
  name: 'about',
  description: 'Show version, models and licences',
  options: {},
  async run(_, { house }) {
    const models = house.models.filter(({ usable }) => usable);
    const usesStability = models.some(({ licence }) => licence === 'stability');
    return {
      private: true,
      title: `${PROGRAM.name} ${PROGRAM.version}`,
      lines: [
        'Pictures from words, on this team’s own machines.',
        ...(usesStability ? [POWERED_BY, STABILITY_LICENCE] : []),
        `${PROGRAM.name} itself is under the MIT licence. Pictures are made by a machine, and say so in their metadata.`,
      ],
      fields: [{ name: 'Models', value: models.map(describe).join('\n') || 'none installed' }],
    };
  },
};

function describe({ name, title, role, licence }: KnownModel): string {
  const facts = [
    role === 'draft' ? 'drafts' : 'finals',
    ...(licence === 'stability' ? ['Stability AI'] : []),
  ];
  return `${name}: ${title} (${facts.join(', ')})`;
}
