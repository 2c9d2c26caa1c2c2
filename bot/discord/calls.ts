/**
 * Every call to Discord's REST API goes through here: previews never wait for a rate limit, what each answer says
 * about its route is reported, and nobody is ever mentioned.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RawFile, REST, RouteLike } from 'discord.js';
import type { RouteBudgets } from '../messages/route-budget.ts';
import { withOwnSignal } from '../time/own-signal.ts';

export interface Call {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  readonly route: RouteLike;
  readonly body?: object | undefined;
  readonly files?: readonly RawFile[];
  readonly query?: Readonly<Record<string, string>>;
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
  readonly byToken: REST;
}

export class Calls {
  private readonly rest: Rest;
  private readonly budgets: RouteBudgets;

  constructor(rest: Rest, budgets: RouteBudgets) {
    this.rest = rest;
    this.budgets = budgets;
    for (const one of [rest.asBot, rest.byToken]) {
      one.on('response', ({ method, path }, { headers }) => this.report(method, path, headers));
    }
  }

  /**
   * @typeParam Answer what Discord documents as the answer
   * @throws DiscordAPIError, HTTPError, RateLimitError, or what the network throws
   */
  async make<Answer = unknown>(call: Call): Promise<Answer> {
    const { method, route, body, files = [], query, auth = true, signal, impatient = false } = call;
    const rest = auth ? this.rest.asBot : this.rest.byToken;
    const answer = await withOwnSignal(signal, (own) =>
      impatience.run(impatient, () => {
        const asked = query === undefined ? {} : { query: new URLSearchParams(query) };
        return rest[method](route, { auth, body, files: [...files], signal: own, ...asked });
      }),
    );
    return answer as Answer;
  }

  private report(method: string, path: string, headers: { get(name: string): string | null }): void {
    const budget = budgetOf(method, path);
    const remaining = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN);
    const resetAfter = Number(headers.get('x-ratelimit-reset-after') ?? Number.NaN) * 1000;
    if (budget !== undefined && remaining >= 0 && resetAfter >= 0) {
      this.budgets.report(budget, remaining, resetAfter);
    }
  }
}

/** The budget that edits with this interaction's token use. */
export const tokenBudget = (token: string) => `discord:token:${token}`;
/** The budget that edits of all messages of a channel share. */
export const channelBudget = (channel: string) => `discord:channel:${channel}`;

/** The budget that a call takes from; undefined for calls that do not compete with finals. */
function budgetOf(method: string, path: string): string | undefined {
  if (method.toLowerCase() !== 'patch') return undefined;
  const [, token] = /^\/webhooks\/\d+\/([^/]+)\/messages\//.exec(path) ?? [];
  if (token !== undefined) return tokenBudget(token);
  const [, channel] = /^\/channels\/(\d+)\/messages\//.exec(path) ?? [];
  return channel === undefined ? undefined : channelBudget(channel);
}
