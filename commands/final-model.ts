/** Which model makes the final of a draft. */
import type { KnownModel } from './installation.ts';

/** Stability's own advice: a draft on Turbo, its final on Large, or on Medium where Large is not there. */
const PREFERRED = ['large', 'medium'];

/** The final model for a draft model's pictures; undefined where the model makes finals itself, or none is installed. */
export function finalModelOf(name: string, models: readonly KnownModel[]): string | undefined {
  const draft = models.find((model) => model.name === name);
  if (draft?.role !== 'draft') return undefined;
  const finals = models.filter(
    ({ role, usable, embedded }) => role === 'final' && usable && embedded === draft.embedded,
  );
  const preferred = PREFERRED.find((wanted) => finals.some((model) => model.name === wanted));
  return preferred ?? finals[0]?.name;
}
