/** What every chat's adapter is handed by whoever puts the service together. */
import type { Command } from '../../commands/command.ts';
import type { Installation } from '../../commands/installation.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { RouteBudgets } from '../messages/route-budget.ts';
import type { Surface } from '../messages/surface.ts';
import type { Log } from '../ops/log.ts';
import type { Network } from '../safety/network.ts';
import type { KeyValues } from '../store/key-values.ts';
import type { Preferences } from '../store/preferences.ts';
import type { SeenEvents } from '../store/seen-events.ts';
import type { Clock } from '../time/clock.ts';
import type { ContextOf } from './command-context.ts';
import type { Deduplicator } from './deduplicator.ts';

/** What the handlers of commands, buttons, forms and reactions need, whatever the chat. */
export interface HandlerDependencies {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly installation: Pick<Installation, 'chooseModel' | 'models' | 'styles' | 'loras' | 'controlNets'>;
  readonly contextOf: ContextOf;
  readonly log: Log;
  /** Where the platform may tell an event twice. */
  readonly deduplicator?: Deduplicator;
}

export interface ChatDependencies extends HandlerDependencies {
  /** Told what the platform says about its rate limits. */
  readonly budgets: RouteBudgets;
  /** The platform is there: its jobs' messages are taken up where they were. */
  readonly connect: (surface: Surface) => void;
  readonly network: Network;
  readonly commands: readonly Command[];
  /** What people and servers have chosen. */
  readonly preferences: Preferences;
  /** What the adapter itself must know after a restart. */
  readonly keyValues: KeyValues;
  /** Events that were handled already. */
  readonly seen: Pick<SeenEvents, 'has' | 'add'>;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}
