/**
 * The stand-in's web server: Web API, uploads, files and response URLs. It keeps every call, counts limits, and
 * misbehaves as the test tells it (slow, unreachable, answers lost, errors).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Call, METHODS } from './api.ts';
import { receiveUpload } from './api-files.ts';
import { RateLimits } from './rate-limits.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { answerResponseUrl } from './response-urls.ts';
import { type JsonObject, Refusal, type Token } from './shapes.ts';
import type { Sockets } from './sockets.ts';
import type { Tokens } from './tokens.ts';
import type { Triggers } from './triggers.ts';
import type { World } from './world.ts';

/** A call as it was received, and what became of it. */
export interface Recorded {
  readonly at: number;
  /** `chat.postMessage`, `upload`, `response_url`. */
  readonly method: string;
  readonly args: JsonObject;
  readonly token: string | undefined;
  status?: number;
  answer?: JsonObject;
}

/** What a test can do to one call before it is carried out. */
export type Intervention =
  | 'pass'
  /** Carried out, but the connection breaks before the answer. */
  | 'lose_answer'
  /** The connection breaks, nothing is carried out. */
  | 'lose_request'
  /** Answered with `{ok: false, error}`. */
  | { readonly error: string }
  | { readonly status: number; readonly retryAfter?: number };

interface Outcome {
  readonly status: number;
  readonly body: JsonObject | string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export class HttpServer {
  readonly calls: Recorded[] = [];
  readonly limits: RateLimits;
  /** How often somebody was told to wait. */
  rateLimited = 0;
  /** Milliseconds before a call is looked at; nothing by default. */
  latency: (call: Recorded) => number = () => 0;
  intervene: (call: Recorded) => Intervention | Promise<Intervention> = () => 'pass';
  private readonly world: World;
  private readonly tokens: Tokens;
  private readonly triggers: Triggers;
  private readonly sockets: Sockets;
  private server: Server | undefined;
  private port = 0;

  constructor(world: World, tokens: Tokens, triggers: Triggers, sockets: Sockets) {
    this.world = world;
    this.tokens = tokens;
    this.triggers = triggers;
    this.sockets = sockets;
    this.limits = new RateLimits(world.clock);
  }

  /** Listens; after `stop`, again at the same port. */
  async start(): Promise<Server> {
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error) => {
        // Whoever was killed in the middle of a request hears no answer; anything else is a fault of ours.
        if (request.complete) throw error;
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.world.origin = `http://127.0.0.1:${this.port}`;
    return server;
  }

  /** Refuses connections and breaks those that exist. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** The calls of one method so far. */
  callsOf(method: string): Recorded[] {
    return this.calls.filter((call) => call.method === method);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.world.origin).pathname;
    let read: ReadRequest;
    try {
      read = await readRequest(request);
    } catch (error) {
      if (!(error instanceof Refusal)) return void request.socket.destroy();
      return send(response, { status: 200, body: error.body });
    }
    const [, kind] = path.split('/');
    const method = { upload: 'upload', commands: 'response_url', 'files-pri': 'file' }[kind ?? ''];
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer ?? (typeof read.args.token === 'string' ? read.args.token : undefined);
    const recorded: Recorded = {
      at: this.world.clock.now(),
      method: method ?? path.replace(/^\/api\//, ''),
      args: read.args,
      token,
    };
    this.calls.push(recorded);
    const wait = this.latency(recorded);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const intervention = await this.intervene(recorded);
    if (intervention === 'lose_request') return void request.socket.destroy();
    const outcome =
      typeof intervention === 'object'
        ? forced(intervention)
        : await this.carryOut(recorded, path, read.bytes).catch(refused);
    recorded.status = outcome.status;
    if (typeof outcome.body === 'object' && !(outcome.body instanceof Uint8Array))
      recorded.answer = outcome.body;
    if (outcome.status === 429) this.rateLimited++;
    this.world.emit('change');
    if (intervention === 'lose_answer') return void request.socket.destroy();
    send(response, outcome);
  }

  private async carryOut(recorded: Recorded, path: string, bytes: Uint8Array | undefined): Promise<Outcome> {
    const { method, args } = recorded;
    if (method === 'upload') {
      const [status, body] = receiveUpload(path.split('/').at(-1)!, bytes, this.world);
      return { status, body };
    }
    if (method === 'response_url') {
      return { status: 200, body: await answerResponseUrl(path, args, this.triggers, this.world) };
    }
    if (method === 'file') return this.file(path, recorded.token);
    const definition = METHODS[method];
    if (definition === undefined) throw new Refusal('unknown_method', { req_method: method });
    const token = definition.needs === 'none' ? undefined : this.tokens.check(recorded.token);
    const team = token?.team ?? this.world.home;
    if (
      definition.needs === 'app' ? token?.kind !== 'app' : token?.kind === 'app' || token?.kind === 'refresh'
    ) {
      throw new Refusal('not_allowed_token_type');
    }
    const seconds = this.limits.take(method, team.id, String(args.channel ?? ''));
    if (seconds > 0) return forced({ status: 429, retryAfter: seconds });
    const { scope } = definition;
    if (scope !== undefined && !team.scopes.has(scope)) {
      throw new Refusal('missing_scope', { needed: scope, provided: [...team.scopes].join(',') });
    }
    const { world, tokens, triggers, sockets } = this;
    const call: Call = { method, args, token: token as Token, team, world, tokens, triggers, sockets };
    const body = { ok: true, ...(await definition.carryOut(call)) };
    const headers = {
      'x-oauth-scopes': [...team.scopes].join(','),
      ...(scope === undefined ? {} : { 'x-accepted-oauth-scopes': scope }),
    };
    return { status: 200, body, headers };
  }

  /** The bytes of a file, only with the bot's token; a login page otherwise, as Slack does. */
  private file(path: string, token: string | undefined): Outcome {
    const [teamId, id] = path.split('/')[2]!.split('-');
    const file = this.world.files.find((one) => one.id === id && one.team.id === teamId && !one.deleted);
    if (file === undefined) return { status: 404, body: 'not found' };
    let isAllowed = false;
    try {
      isAllowed = this.tokens.check(token).team === file.team && file.team.scopes.has('files:read');
    } catch {}
    const headers = { 'content-type': isAllowed ? file.mimetype : 'text/html; charset=utf-8' };
    return { status: 200, body: isAllowed ? file.bytes : '<!DOCTYPE html><title>Sign in</title>', headers };
  }
}

function forced(intervention: { error: string } | { status: number; retryAfter?: number }): Outcome {
  if ('error' in intervention) return { status: 200, body: { ok: false, error: intervention.error } };
  const { status, retryAfter = 30 } = intervention;
  if (status !== 429) return { status, body: 'upstream unavailable' };
  return {
    status,
    body: { ok: false, error: 'ratelimited' },
    headers: { 'retry-after': String(retryAfter) },
  };
}

function refused(error: unknown): Outcome {
  if (!(error instanceof Refusal)) throw error;
  const isUrl = ['used_url', 'expired_url', 'invalid_url'].includes(error.message);
  return { status: isUrl ? 404 : 200, body: error.body };
}

function send(response: ServerResponse, { status, body, headers }: Outcome): void {
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
  const type = isJson ? 'application/json; charset=utf-8' : 'text/plain';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(isJson ? JSON.stringify(body) : body);
}
