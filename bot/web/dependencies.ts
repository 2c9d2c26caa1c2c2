/** What the studio page is handed by whoever puts the service together, and what its routes share. */
import type { Installation } from '../../commands/installation.ts';
import type { ResidentModel } from '../catalogue.ts';
import type { ContextOf } from '../chat/command-context.ts';
import type { Hub } from '../http/hub.ts';
import type { Lock } from '../http/lock.ts';
import type { Bodies } from '../http/read-body.ts';
import type { Streams } from '../http/streams.ts';
import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { LimitSettings } from '../jobs/limits.ts';
import type { Health } from '../ops/health.ts';
import type { Log } from '../ops/log.ts';
import type { Preferences } from '../store/preferences.ts';
import type { Clock } from '../time/clock.ts';
import type { Conversations } from './conversations.ts';
import type { Status } from './status.ts';
import type { StudioSurface } from './studio-surface.ts';
import type { Visitor } from './visitor.ts';

export interface WebDependencies {
  readonly jobs: Jobs;
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
  /** Nobody but who sits at this machine asks for anything: there is no chat, no password, no other machine. */
  readonly alone: boolean;
  readonly installation: Pick<
    Installation,
    'chooseModel' | 'models' | 'styles' | 'loras' | 'controlNets' | 'refusedDevices'
  >;
  /** Prompts that the models here can draw. */
  readonly examples: readonly string[];
  readonly contextOf: ContextOf;
  readonly preferences: Preferences;
  /** The model whose checkpoint this is. */
  modelOf(file: string): ResidentModel;
  /** The bytes of a file of the picture store; undefined when it was deleted. */
  readPicture(file: string): Promise<Uint8Array | undefined>;
}

declare global {
  namespace Express {
    /** What the routes know of a request, beside what is known of every one (`bot/http/answers.ts`). */
    interface Locals {
      visitor: Visitor;
      /** The job that the path names. */
      job: Job;
    }
  }
}

/** For the routes. */
export interface Shared extends WebDependencies {
  /** Absent where everybody who gets here is on this machine. */
  readonly lock?: Lock;
  readonly hub: Hub;
  readonly surface: StudioSurface;
  readonly bodies: Bodies;
  readonly streams: Streams;
  readonly conversations: Conversations;
  readonly status: () => Status;
}
