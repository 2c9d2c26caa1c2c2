/** What the doctor's checks share: what they are handed, and what they find. */
import type { Environment } from '../../config/environment.ts';
import { Fault } from '../../config/faults.ts';
import type { Settings } from '../../config/settings.ts';

/** `ok`, `note`: works, but worth knowing; `fault`: something that is configured cannot work. */
export interface Finding {
  readonly about: string;
  readonly state: 'ok' | 'note' | 'fault';
  readonly text: string;
}

export interface DoctorWorld {
  readonly env: Environment;
  readonly fetch: typeof globalThis.fetch;
  /** Such as `v20.19.0`. */
  readonly nodeVersion: string;
  readonly tell: (finding: Finding) => void;
}

export type Check = (
  settings: Settings,
  world: DoctorWorld,
) => Promise<readonly Finding[]> | readonly Finding[];

/** One line, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof Fault ? text : text.split('\n')[0]!.slice(0, 300);
}
