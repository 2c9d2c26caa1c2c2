/** Options as JSON or a form carries them, into the raw values that every surface hands over. */
import type { Given } from '../../commands/command.ts';
import { OPTIONS } from '../../commands/options.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { isJobId } from '../jobs/job-id.ts';
import type { Fields } from './read-body.ts';

/** Bytes of a request with a picture in it: base64 makes four of three. */
export const PICTURE_BODY = Math.ceil((LIMITS.uploadBytes * 4) / 3) + 64 * 1024;

export interface Asked {
  readonly given: Given;
  /** The job whose form this is. */
  readonly remixOf?: string;
}

/** @throws Fault `option.unknown`, `option.value`, `job.unknown` */
export function readGiven({ remix_of, ...fields }: Fields): Asked {
  const values = Object.entries(fields).map(([name, value]) => {
    if (name === 'image' && typeof value === 'string') return [name, readBase64(value)];
    return [name, isNumbers(value) ? value.join(',') : value];
  });
  const given = readStructured(Object.fromEntries(values), { options: OPTIONS });
  if (remix_of === undefined || remix_of === null) return { given };
  if (typeof remix_of !== 'string' || !isJobId(remix_of)) throw new Fault('job.unknown', {});
  return { given, remixOf: remix_of };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
}

/** The bytes of a picture in base64, with or without `data:...;base64,` in front. */
function readBase64(text: string): Uint8Array {
  const base64 = text.replace(/^data:[\w/+.-]+;base64,/, '');
  if (/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64)) return new Uint8Array(Buffer.from(base64, 'base64'));
  const allowed = 'a PNG, JPEG or WebP picture in base64, or a file of a form';
  throw new Fault('option.value', { option: 'image', value: text, allowed });
}
