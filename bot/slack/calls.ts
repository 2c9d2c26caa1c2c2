/**
 * Every call to Slack's Web API goes through here. No client waits by itself when it is told to (429): that would hold
 * back all its calls, finals too. Here only the call itself waits.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Logger, webApi } from '@slack/bolt';
import { LRUCache } from 'lru-cache';
import { problemOf } from '../messages/surface.ts';
import type { Network } from '../safety/network.ts';
import { type Clock, pause } from '../time/clock.ts';
import { withOwnSignal } from '../time/own-signal.ts';
import { asSurfaceError, isAuthError } from './errors.ts';
import type { Home } from './place.ts';
import type { Workspaces } from './workspaces.ts';

type Fetch = Network['fetch'];

export interface How {
  readonly signal?: AbortSignal;
  /** Rejects instead of waiting for a rate limit. */
  readonly impatient?: boolean;
}

/** Milliseconds for one call; the longest is the upload of a picture over a slow line. */
const LONGEST_CALL = 30_000;
const MANY = 1000;
/** No call of ours waits in a client's own queue: there the signal of another call would be current. */
const NO_QUEUE = 1_000_000;

/** Ends the call under way; asked by the client's `fetch` deep inside. */
const ending = new AsyncLocalStorage<AbortSignal | undefined>();

/** `fetch` that ends with the call it is made for. */
function endingFetch(fetch: Fetch): Fetch {
  return (input, init) => {
    const signals = [init?.signal, ending.getStore()].filter((signal) => signal instanceof AbortSignal);
    return fetch(input, { ...init, signal: signals.length === 0 ? null : AbortSignal.any(signals) });
  };
}

export interface SlackClientOptions extends webApi.WebClientOptions {
  readonly fetch: Fetch;
}

/** @param apiUrl with a slash at its end */
export function clientOptions(apiUrl: string, logger: Logger, fetch: Fetch): SlackClientOptions {
  return {
    slackApiUrl: apiUrl,
    logger,
    // What may have been carried out is repeated by those who know whether that does harm.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: LONGEST_CALL,
    maxRequestConcurrency: NO_QUEUE,
    allowAbsoluteUrls: false,
    fetch: endingFetch(fetch),
  };
}

export class Calls {
  readonly fetch: Fetch;
  private readonly options: SlackClientOptions;
  private readonly workspaces: Workspaces;
  private readonly clock: Clock;
  /** By their tokens. */
  private readonly clients = new LRUCache<string, webApi.WebClient>({ max: MANY });

  constructor(options: SlackClientOptions, workspaces: Workspaces, clock: Clock) {
    this.options = options;
    this.fetch = options.fetch;
    this.workspaces = workspaces;
    this.clock = clock;
  }

  /**
   * @typeParam Answer what Slack documents as the answer
   * @throws SurfaceError
   */
  async make<Answer extends object>(
    home: Home,
    method: string,
    given: object,
    { signal, impatient = false }: How = {},
  ): Promise<Answer> {
    let isSecondTry = false;
    for (;;) {
      try {
        const client = this.clientOf(await this.workspaces.tokenOf(home));
        signal?.throwIfAborted();
        const answer: object = await withOwnSignal(signal, (own) =>
          ending.run(own, () => client.apiCall(method, { ...given })),
        );
        return answer as Answer;
      } catch (cause) {
        if (isAuthError(cause) && !isSecondTry && (await this.workspaces.renew(home))) {
          isSecondTry = true;
          continue;
        }
        const error = asSurfaceError(cause);
        const problem = problemOf(error);
        if (problem.kind !== 'rate_limited' || impatient || signal?.aborted) throw error;
        await pause(this.clock, problem.retryAfter, signal);
      }
    }
  }

  tokenOf(home: Home): Promise<string> {
    return this.workspaces.tokenOf(home);
  }

  /** Brings a file's bytes to where Slack wants them. @throws SurfaceError */
  async upload(url: string, bytes: Uint8Array, name: string, signal: AbortSignal): Promise<void> {
    const body = new FormData();
    body.append('body', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    const until = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_CALL)]);
    const sent = { method: 'POST', body, signal: until, redirect: 'error' } as const;
    const { ok, status } = await this.fetch(url, sent).catch((error: unknown) => {
      throw asSurfaceError(error);
    });
    if (!ok) throw asSurfaceError(new Error(`the upload was answered ${status}`));
  }

  private clientOf(token: string): webApi.WebClient {
    const client = this.clients.get(token) ?? new webApi.WebClient(token, { ...this.options });
    this.clients.set(token, client);
    return client;
  }
}
