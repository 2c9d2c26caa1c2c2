/**
 * Every call to Discord's REST API goes through here: previews never wait for a rate limit, what each answer says
 * about its route is reported, and nobody is ever mentioned.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import type { RawFile, REST, RouteLike } from 'discord.js';
import type { RouteBudgets } from '../messages/route-budget.ts';

export type Body = { readonly [field: string]: unknown };

export interface Call {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  readonly route: RouteLike;
  readonly body?: Body | readonly Body[];
  readonly files?: readonly RawFile[];
  readonly query?: URLSearchParams;
  /** False for what an interaction's own token allows. */
  readonly auth?: boolean;
  readonly signal?: AbortSignal;
  /** Rejects instead of waiting for a rate limit. */
  readonly impatient?: boolean;
}

/** Whether the call under way would rather fail than wait; asked by discord.js deep inside. */
const impatience = new AsyncLocalStorage<boolean>();
export const isImpatient = (): boolean => impatience.getStore() === true;

/**
 * Two clients, since discord.js counts all calls of one towards the fifty a second that a bot may make, also those
 * with an interaction's token, which Discord does not count.
 */
export interface Rest {
  readonly asBot: REST;
  readonly byTicket: REST;
}

export class Calls {
  private readonly rest: Rest;
  private readonly budgets: RouteBudgets;
  /** Calls on a budget that have no answer yet. */
  private readonly underWay = new Map<string, number>();

  constructor(rest: Rest, budgets: RouteBudgets) {
    this.rest = rest;
    this.budgets = budgets;
    for (const one of [rest.asBot, rest.byTicket]) {
      one.on('response', ({ method, path }, { headers }) => this.report(method, path, headers));
    }
  }

  private report(method: string, path: string, headers: { get(name: string): string | null }): void {
    const budget = budgetOf(method, path);
    const remaining = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN);
    const resetAfter = Number(headers.get('x-ratelimit-reset-after') ?? Number.NaN) * 1000;
    if (budget === undefined || !(remaining >= 0) || !(resetAfter >= 0)) return;
    const others = Math.max(0, (this.underWay.get(budget) ?? 0) - 1);
    this.budgets.report(budget, Math.max(0, remaining - others), resetAfter);
  }

  /** @throws DiscordAPIError, HTTPError, RateLimitError, or what the network throws */
  async make({ method, route, body, files, query, auth = true, signal, impatient = false }: Call) {
    const budget = budgetOf(method, route);
    if (budget !== undefined) this.underWay.set(budget, (this.underWay.get(budget) ?? 0) + 1);
    // A signal of the call's own: discord.js never takes its listener off a signal that outlives the call.
    const control = new AbortController();
    const abort = () => control.abort();
    if (signal?.aborted) abort();
    // All that is under way listens to the same end.
    if (signal !== undefined) setMaxListeners(0, signal);
    signal?.addEventListener('abort', abort);
    try {
      return await impatience.run(impatient, () =>
        (auth ? this.rest.asBot : this.rest.byTicket)[method](route, {
          auth,
          ...(body === undefined ? {} : { body }),
          ...(files === undefined ? {} : { files: [...files] }),
          ...(query === undefined ? {} : { query }),
          signal: control.signal,
        }),
      );
    } finally {
      signal?.removeEventListener('abort', abort);
      if (budget !== undefined) {
        const left = (this.underWay.get(budget) ?? 1) - 1;
        if (left === 0) this.underWay.delete(budget);
        else this.underWay.set(budget, left);
      }
    }
  }
}

/** The budget that edits with this ticket's token use. */
export const ticketBudget = (token: string) => `discord:ticket:${token}`;
/** The budget that edits of all messages of a channel share. */
export const channelBudget = (channel: string) => `discord:channel:${channel}`;

/** The budget that a call takes from; undefined for calls that do not compete with finals. */
function budgetOf(method: string, path: string): string | undefined {
  if (method.toLowerCase() !== 'patch') return undefined;
  const [, ticket] = /^\/webhooks\/\d+\/([^/]+)\/messages\//.exec(path) ?? [];
  if (ticket !== undefined) return ticketBudget(ticket);
  const [, channel] = /^\/channels\/(\d+)\/messages\//.exec(path) ?? [];
  return channel === undefined ? undefined : channelBudget(channel);
}
