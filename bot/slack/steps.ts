/**
 * Workflow steps that wait for their outcome. Each is told once: Slack refuses a second word, which is how a crash
 * between telling and noting is found out. The bot's own token tells it; the step's dies after 15 minutes.
 */
import { Fault } from '../../config/faults.ts';
import type { ChatDependencies } from '../chat/chat-dependencies.ts';
import { type Card, sentenceOfCard } from '../messages/card.ts';
import { problemOf } from '../messages/surface.ts';
import type { Calls, How } from './calls.ts';
import { codeOf } from './errors.ts';
import type { Home } from './place.ts';

/** Steps that were refused before there was a job, until Slack knows. */
const KIND = 'slack_step_refused';
/** The step is over already: by our own earlier word, or because its workflow was ended. */
const OVER = ['execution_not_in_running_state', 'function_execution_not_found'];

/** A workspace, and the run of a step that waits there; nothing is told where none does. */
export type Waiting = Home & { readonly step?: string };

export interface Outputs {
  readonly file_id: string;
  readonly permalink: string;
  readonly seed: number;
  readonly job_id: string;
}

export class Steps {
  private readonly calls: Calls;
  private readonly dependencies: Pick<ChatDependencies, 'keyValues' | 'seen' | 'log'>;

  constructor(calls: Calls, dependencies: Steps['dependencies']) {
    this.calls = calls;
    this.dependencies = dependencies;
  }

  /** @throws SurfaceError */
  complete(waiting: Waiting, outputs: Outputs, how: How): Promise<void> {
    return this.tell(waiting, 'functions.completeSuccess', { outputs }, how);
  }

  /** @throws SurfaceError */
  fail(waiting: Waiting, error: string, how: How): Promise<void> {
    return this.tell(waiting, 'functions.completeError', { error }, how);
  }

  /** Refuses a step that made no job. Once this resolves, Slack will be told, also after a restart. */
  async refuse(execution: string, { team, enterprise }: Home, sentence: string): Promise<void> {
    const { keyValues, log } = this.dependencies;
    const refused = { team, enterprise: enterprise ?? null, sentence };
    await keyValues.set(KIND, execution, refused).catch((cause: unknown) => {
      // A full disk: then it is told now or never.
      log.warn('a refused workflow step could not be noted', { cause });
    });
    void this.tellRefusal(execution, refused);
  }

  /** Tells what an earlier run could not tell any more. */
  begin(): void {
    for (const { key, value } of this.dependencies.keyValues.under(KIND))
      void this.tellRefusal(key, value as Refused);
  }

  /** Never rejects. */
  private async tellRefusal(step: string, { team, enterprise, sentence }: Refused): Promise<void> {
    const { keyValues, log } = this.dependencies;
    try {
      await this.fail({ step, team, ...(enterprise === null ? {} : { enterprise }) }, sentence, {});
      await keyValues.delete(KIND, step);
    } catch (cause) {
      log.warn('a refused workflow step could not be told; it is tried again at the next start', { cause });
    }
  }

  private async tell({ step, ...home }: Waiting, method: string, word: object, how: How): Promise<void> {
    const { seen, log } = this.dependencies;
    const key = `slack:step_over:${step}`;
    if (step === undefined || seen.has(key)) return;
    try {
      await this.calls.make(home, method, { function_execution_id: step, ...word }, how);
      seen.add(key).catch((cause: unknown) => {
        log.warn('that a workflow step is over could not be noted', { cause });
      });
    } catch (error) {
      if (OVER.includes(codeOf(error) ?? '')) return;
      if (problemOf(error).kind !== 'refused') throw error;
      // Whatever Slack has against it, the picture is there: it must not be posted again for that.
      log.error('Slack does not take the outcome of a workflow step', { code: codeOf(error) });
    }
  }
}

type Refused = { readonly team: string; readonly enterprise: string | null; readonly sentence: string };

/** Why a job that made no picture makes no step; in English, since nobody knows who reads a workflow's log. */
export function whyNoPicture(card: Card): string {
  const unsaid = card.state === 'cancelled' ? CANCELLED : new Fault('pipeline.failed', {}).message;
  return sentenceOfCard(card, 'en') ?? unsaid;
}

export const CANCELLED = new Fault('cancelled', {}).message;
