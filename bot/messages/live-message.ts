/**
 * The message of one unfinished job. The newest progress wins and the rest is dropped; an edit goes only when the
 * route has calls to spare; one edit at a time. `settle` ends it: what is in flight is awaited, nothing follows, and
 * then the final may go on the same route. So finals never wait for previews, and no preview overwrites a final.
 */
import { JOBS } from '../../config/defaults.ts';
import type { MessageRef } from '../jobs/job.ts';
import { backoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { Card } from './card.ts';
import type { RouteBudgets } from './route-budget.ts';
import type { RouteShares } from './route-shares.ts';
import { type Post, problemOf, type Surface } from './surface.ts';

export interface LiveMessageDependencies {
  readonly surface: Surface;
  readonly budgets: RouteBudgets;
  readonly clock: Clock;
  /** The job's message as it is known now. */
  readonly post: () => Post;
  readonly shares: RouteShares;
  /** The message may have been made although nobody saw the answer. */
  readonly doubted: () => void;
  /** The message was made. */
  readonly opened: (messages: readonly MessageRef[]) => void;
  /** The message was removed by somebody. */
  readonly gone: () => void;
  /** Nothing can be shown there any more. */
  readonly closed: (reason: string) => void;
  /** A progress card was replaced by a newer one, or by the final, before it could be sent. */
  readonly dropped: () => void;
}

export class LiveMessage {
  private readonly dependencies: LiveMessageDependencies;
  private newest: Card | undefined;
  private lastSent = '';
  private inFlight: Promise<void> | undefined;
  /** On the clock that only goes forward. */
  private notBefore = 0;
  private failures = 0;
  /** Pictures are refused there. */
  private isWordsOnly = false;
  private timer: { readonly at: number; readonly stop: () => void } | undefined;
  /** Nothing may be sent any more: the final's turn, or no message to edit. */
  private ended = false;
  /** The route on which a call is kept free for this job's final. */
  private activeOn: { readonly route: string; readonly job: string } | undefined;

  constructor(dependencies: LiveMessageDependencies) {
    this.dependencies = dependencies;
  }

  /** Something is being sent, or waits to be. */
  get isBusy(): boolean {
    return this.inFlight !== undefined || this.newest !== undefined;
  }

  /** Shows this when there is time for it; a card that still waits is replaced. */
  show(card: Card): void {
    if (this.ended) return;
    const shown = this.withoutUnwanted(card);
    if (this.newest !== undefined) this.dependencies.dropped();
    else if (this.inFlight === undefined && this.isShownAlready(shown)) return;
    this.newest = shown;
    this.wake();
  }

  /** Rendering begins: from now on a call on the route is kept free for this job's final. */
  activate(): void {
    const { surface, budgets, post } = this.dependencies;
    const { job } = post();
    this.leaveRoute();
    const route = surface.route(post());
    this.activeOn = { route, job };
    budgets.enter(route, job, surface.capabilities().calls);
  }

  /** Nothing more is shown. Resolves when the edit in flight, if there is one, has ended. */
  async settle(): Promise<void> {
    this.end();
    this.stopTimer();
    if (this.newest !== undefined) this.dependencies.dropped();
    this.newest = undefined;
    await this.inFlight;
  }

  /** The final has arrived: the call kept free for it is needed no more. */
  leaveRoute(): void {
    if (this.activeOn === undefined) return;
    this.dependencies.budgets.leave(this.activeOn.route, this.activeOn.job);
    this.activeOn = undefined;
  }

  private end(): void {
    this.ended = true;
    this.dependencies.shares.leave(this);
  }

  private wake(): void {
    if (this.ended || this.inFlight !== undefined || this.newest === undefined) return;
    const wait = this.waitingTime();
    if (wait > 0) {
      this.wakeIn(wait);
      return;
    }
    this.stopTimer();
    const card = this.newest;
    this.newest = undefined;
    this.inFlight = this.send(card).finally(() => {
      this.inFlight = undefined;
      this.wake();
    });
  }

  private wakeIn(wait: number): void {
    const at = this.dependencies.clock.monotonic() + wait;
    if (this.timer?.at === at) return;
    this.stopTimer();
    const wake = () => {
      this.timer = undefined;
      this.wake();
    };
    this.timer = { at, stop: this.dependencies.clock.after(wait, wake) };
  }

  private stopTimer(): void {
    this.timer?.stop();
    this.timer = undefined;
  }

  /** Milliseconds until the newest card may go. The first message is not progress: it waits for no budget. */
  private waitingTime(): number {
    const { surface, budgets, clock } = this.dependencies;
    const post = this.dependencies.post();
    const gap = Math.max(0, this.notBefore - clock.monotonic());
    if (post.messages.length === 0) return gap;
    const route = surface.route(post);
    if (this.activeOn !== undefined && this.activeOn.route !== route) this.activate();
    return Math.max(gap, budgets.previewWait(route, surface.capabilities().calls));
  }

  private async send(card: Card): Promise<void> {
    const { surface, budgets, clock, shares } = this.dependencies;
    const post = this.dependencies.post();
    const { calls, minimumGap } = surface.capabilities();
    const route = surface.route(post);
    const answered = budgets.spend(route, calls);
    // So that many at once are shown evenly, not the first ones often and then none for long.
    const sharers = shares.enter(this, route);
    const share = sharers > 1 ? Math.ceil((sharers * calls.every) / calls.count) : 0;
    this.notBefore = clock.monotonic() + Math.max(minimumGap, share);
    const control = new AbortController();
    const stopTimer = clock.after(JOBS.previewTimeout, () => control.abort());
    try {
      if (post.messages.length === 0) {
        this.opened(await orAborted(surface.open(post, card, control.signal), control.signal));
      } else {
        const moved = await orAborted(surface.edit(post, card, control.signal), control.signal);
        if (moved !== undefined) this.opened(moved);
      }
      this.lastSent = card.preview === undefined ? whatChanges(card) : '';
      this.failures = 0;
    } catch (error) {
      if (post.messages.length === 0 && problemOf(error).kind === 'unavailable') this.dependencies.doubted();
      this.endure(error, card, route);
    } finally {
      answered();
      stopTimer();
    }
  }

  /** What it is edited by from now on may be another route. */
  private opened(messages: readonly MessageRef[]): void {
    const { surface, post, shares, opened } = this.dependencies;
    opened(messages);
    if (!this.ended) shares.enter(this, surface.route(post()));
  }

  private endure(error: unknown, card: Card, route: string): void {
    const { budgets, clock, gone, closed } = this.dependencies;
    const problem = problemOf(error);
    switch (problem.kind) {
      case 'gone':
        this.end();
        gone();
        return;
      case 'closed':
        this.end();
        closed(problem.reason);
        return;
      case 'picture_refused':
        this.isWordsOnly = true;
        this.notBefore = clock.monotonic();
        break;
      case 'refused':
        // Progress is best effort: the last word has other ways.
        this.end();
        return;
      case 'rate_limited':
        budgets.report(route, 0, problem.retryAfter);
        this.notBefore = Math.max(this.notBefore, clock.monotonic() + problem.retryAfter);
        break;
      case 'unavailable': {
        const wait = backoff(JOBS.retry, ++this.failures);
        this.notBefore = Math.max(this.notBefore, clock.monotonic() + wait);
        break;
      }
      default:
        problem satisfies never;
    }
    if (!this.ended) this.newest ??= this.withoutUnwanted(card);
  }

  /** Spares edits that would change nothing; a preview always changes something. */
  private isShownAlready(card: Card): boolean {
    return card.preview === undefined && this.lastSent !== '' && whatChanges(card) === this.lastSent;
  }

  private withoutUnwanted(card: Card): Card {
    const isWanted = !this.isWordsOnly && this.dependencies.surface.capabilities().previews;
    if (card.preview === undefined || isWanted) return card;
    const { preview: _, ...rest } = card;
    return rest;
  }
}

/** Of an unfinished job's card; the rest stays as it is. */
function whatChanges({ state, progress, fault, attempt }: Card): string {
  return JSON.stringify([state, progress, fault, attempt]);
}

function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    call.then(resolve, reject);
  });
}
