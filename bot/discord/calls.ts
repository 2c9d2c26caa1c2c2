/**
 * Every call to Discord's REST API goes through here: previews never wait for a rate limit, what each answer says
 * about its route is reported, and nobody is ever mentioned.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RawFile, REST, RouteLike } from 'discord.js';
import type { RouteBudgets } from '../route-budget.ts';

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

export class Calls {
  private readonly rest: REST;
  private readonly budgets: RouteBudgets;
  /** Calls on a budget that have no answer yet. */
  private readonly underWay = new Map<string, number>();

  constructor(rest: REST, budgets: RouteBudgets) {
    this.rest = rest;
    this.budgets = budgets;
    rest.on('response', ({ method, path }, { headers }) => {
      const budget = budgetOf(method, path);
      const remaining = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN);
      const resetAfter = Number(headers.get('x-ratelimit-reset-after') ?? Number.NaN) * 1000;
      if (budget === undefined || !(remaining >= 0) || !(resetAfter >= 0)) return;
      const others = Math.max(0, (this.underWay.get(budget) ?? 0) - 1);
      this.budgets.report(budget, Math.max(0, remaining - others), resetAfter);
    });
  }

  /** @throws DiscordAPIError, HTTPError, RateLimitError, or what the network throws */
  async make({ method, route, body, files, query, auth = true, signal, impatient = false }: Call) {
    const budget = budgetOf(method, route);
    if (budget !== undefined) this.underWay.set(budget, (this.underWay.get(budget) ?? 0) + 1);
    try {
      return await impatience.run(impatient, () =>
        this.rest[method](route, {
          auth,
          ...(body === undefined ? {} : { body }),
          ...(files === undefined ? {} : { files: [...files] }),
          ...(query === undefined ? {} : { query }),
          ...(signal === undefined ? {} : { signal }),
        }),
      );
    } finally {
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
