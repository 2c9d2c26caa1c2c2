/** Options as JSON or a form carries them, into the raw values that every surface hands over. */
import type { Given } from '../../commands/command.ts';
import { OPTIONS } from '../../commands/options.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import type { Fields } from '../http/read-body.ts';
import { isJobId } from '../jobs/job-id.ts';

export interface Asked {
  readonly given: Given;
  /** The job whose form this is. */
  readonly remixOf?: string;
}

/** @throws Fault `option.unknown`, `option.value`, `job.unknown` */
export function readGiven({ remix_of, ...fields }: Fields): Asked {
  const values = Object.entries(fields).map(([name, value]) => [
    name,
    isNumbers(value) ? value.join(',') : value,
  ]);
  const given = readStructured(Object.fromEntries(values), { options: OPTIONS });
  if (remix_of === undefined || remix_of === null) return { given };
  if (typeof remix_of !== 'string' || !isJobId(remix_of)) throw new Fault('job.unknown', {});
  return { given, remixOf: remix_of };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
}
