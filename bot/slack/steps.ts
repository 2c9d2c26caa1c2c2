/**
 * Workflow steps that wait for their outcome. Each is told once: Slack refuses a second word, which is how a crash
 * between telling and noting is found out. The bot's own token tells it; the step's dies after 15 minutes.
 */
import { Fault } from '../../config/faults.ts';
import { type Card, sentenceOfCard } from '../messages/card.ts';
import { problemOf } from '../messages/surface.ts';
import type { Log } from '../ops/log.ts';
import type { KeyValues } from '../store/key-values.ts';
import type { SeenEvents } from '../store/seen-events.ts';
import type { Calls, How } from './calls.ts';
import { codeOf } from './errors.ts';
import type { Home } from './place.ts';

/** Steps that were refused before there was a job, until Slack knows. */
const KIND = 'slack_step_refused';
/** The step is over already: by our own earlier word, or because its workflow was ended. */
const OVER = ['execution_not_in_running_state', 'function_execution_not_found'];

export interface Outputs {
  readonly file_id: string;
  readonly permalink: string;
  readonly seed: number;
  readonly job_id: string;
}

export class Steps {
  private readonly calls: Calls;
  private readonly keyValues: KeyValues;
  private readonly seen: Pick<SeenEvents, 'has' | 'add'>;
  private readonly log: Log;

  constructor(calls: Calls, keyValues: KeyValues, seen: Pick<SeenEvents, 'has' | 'add'>, log: Log) {
    this.calls = calls;
    this.keyValues = keyValues;
    this.seen = seen;
    this.log = log;
  }

  /** @throws SurfaceError */
  complete(home: Home, execution: string, outputs: Outputs, how: How): Promise<void> {
    return this.tell(home, execution, 'functions.completeSuccess', { outputs }, how);
  }

  /** @throws SurfaceError */
  fail(home: Home, execution: string, error: string, how: How): Promise<void> {
    return this.tell(home, execution, 'functions.completeError', { error }, how);
  }

  /** Refuses a step that made no job. Once this resolves, Slack will be told, also after a restart. */
  async refuse(home: Home, execution: string, sentence: string): Promise<void> {
    const { team, enterprise = null } = home;
    await this.keyValues.set(KIND, execution, { team, enterprise, sentence }).catch((cause: unknown) => {
      // A full disk: then it is told now or never.
      this.log.warn('a refused workflow step could not be noted', { cause });
    });
    void this.tellRefusal(execution, { team, enterprise, sentence });
  }

  /** Tells what an earlier run could not tell any more. */
  begin(): void {
    for (const { key, value } of this.keyValues.under(KIND))
      void this.tellRefusal(key, value as unknown as Refused);
  }

  /** Never rejects. */
  private async tellRefusal(execution: string, { team, enterprise, sentence }: Refused): Promise<void> {
    const home = { team, ...(enterprise === null ? {} : { enterprise }) };
    try {
      await this.fail(home, execution, sentence, {});
      await this.keyValues.delete(KIND, execution);
    } catch (cause) {
      this.log.warn('a refused workflow step could not be told; it is tried again at the next start', {
        cause,
      });
    }
  }

  private async tell(home: Home, execution: string, method: string, word: object, how: How): Promise<void> {
    const key = `slack:step_over:${execution}`;
    if (this.seen.has(key)) return;
    try {
      await this.calls.make(home, method, { function_execution_id: execution, ...word }, how);
      this.seen.add(key).catch((cause: unknown) => {
        this.log.warn('that a workflow step is over could not be noted', { cause });
      });
    } catch (error) {
      if (OVER.includes(codeOf(error) ?? '')) return;
      if (problemOf(error).kind !== 'refused') throw error;
      // Whatever Slack has against it, the picture is there: it must not be posted again for that.
      this.log.error('Slack does not take the outcome of a workflow step', { code: codeOf(error) });
    }
  }
}

type Refused = { readonly team: string; readonly enterprise: string | null; readonly sentence: string };

/** Why a job that made no picture makes no step; in English, since nobody knows who reads a workflow's log. */
export function whyNoPicture(card: Card): string {
  const sentence = sentenceOfCard(card, 'en');
  if (sentence !== undefined) return sentence;
  return card.state === 'cancelled' ? CANCELLED : new Fault('pipeline.failed', {}).message;
}

export const CANCELLED = new Fault('cancelled', {}).message;

/** The sentence of a refusal as a workflow's owner reads it. */
export function whyRefused(error: Fault): string {
  return error.message;
}
