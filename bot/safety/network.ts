/** The network as it is handed to everything that fetches; tests hand in another. */
import { lookup } from 'node:dns/promises';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPublicAddress } from './public-address.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface Network {
  readonly fetch: typeof globalThis.fetch;
  resolve(host: string): Promise<readonly Address[]>;
  request(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest;
  isPublic(address: string): boolean;
  /** Milliseconds for a picture, from the first question to the last byte. */
  readonly timeout: number;
}

/** The machine's own. */
export const systemNetwork: Network = {
  fetch: globalThis.fetch,
  resolve: (host) => lookup(host, { all: true, verbatim: true }),
  request: httpsRequest,
  isPublic: isPublicAddress,
  timeout: 10_000,
};
