/** What the studio page is handed by whoever puts the service together. */
import type { House } from '../../commands/command.ts';
import type { Clock } from '../clock.ts';
import type { Health } from '../health.ts';
import type { Desk } from '../jobs/desk.ts';
import type { LimitSettings } from '../jobs/limits.ts';
import type { Log } from '../log.ts';
import type { RunCommand } from '../run-command.ts';

export interface WebParts {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  /** Password of the page and token of scripts; and what keys of browsers are signed with. */
  readonly token?: string;
  readonly secret: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Addresses and networks of proxies whose word on where a request comes from is taken. */
  readonly trustedProxies: readonly string[];
  /** What one person may ask for. */
  readonly limits: Pick<LimitSettings, 'waitingOfPerson' | 'personRate'>;
  readonly house: Pick<House, 'models' | 'styles'>;
  /** Prompts that the models here can draw. */
  readonly examples: readonly string[];
  readonly runCommand: RunCommand;
  /** The name of the model whose checkpoint this is. */
  modelOf(file: string): string;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
