/**
 * The stand-in's web server: reads requests as Discord does, keeps each, counts rate limits, checks bodies against
 * the published description, and misbehaves as the test tells it (slow, unreachable, answers lost).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../bot/time/clock.ts';
import { answer } from './http-api.ts';
import { contradiction } from './published-api.ts';
import { type Allowance, RateLimits } from './rate-limits.ts';
import { type Json, type JsonObject, Refusal } from './shapes.ts';
import type { World } from './world.ts';
import { invalid, type UploadedFile } from './write-message.ts';

/** A request as it was received, and what became of it. */
export interface Recorded {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The path with `:id` and `:token` in place of ids. */
  readonly route: string;
  readonly authorization: string | undefined;
  readonly body: Json;
  readonly files: readonly UploadedFile[];
  status?: number;
}

/** What a test can do to one request before it is carried out. */
export type Intervention =
  | 'pass'
  /** Carried out, but the connection breaks before the answer. */
  | 'lose_answer'
  /** The connection breaks, nothing is carried out. */
  | 'lose_request'
  | { readonly status: number; readonly body?: JsonObject };

export class HttpServer {
  readonly requests: Recorded[] = [];
  /** Where a request contradicted the published description: it was refused. */
  readonly contradictions: string[] = [];
  /** How often somebody was told to wait. */
  rateLimited = 0;
  /** Milliseconds before a request is looked at, by route; nothing by default. */
  latency: (request: Recorded) => number = () => 0;
  intervene: (request: Recorded) => Intervention | Promise<Intervention> = () => 'pass';
  /** Calls in a time on one bucket; interaction callbacks have none. */
  allowance: (method: string, route: string) => Allowance = (method, route) =>
    method === 'GET' || !route.includes('messages')
      ? { count: 50, every: 1_000 }
      : { count: 5, every: 5_000 };
  token = '';
  /** Milliseconds before an attached file is sent. */
  fileLatency = 0;
  gatewayInfo: () => JsonObject = () => ({});
  private readonly world: World;
  private readonly clock: Clock;
  private readonly limits: RateLimits;
  private server: Server | undefined;
  private port = 0;

  constructor(world: World, clock: Clock) {
    this.world = world;
    this.clock = clock;
    this.limits = new RateLimits(clock);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
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
    this.world.filesUrl = this.origin;
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

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname.startsWith('/attachments/')) return this.serveFile(url.pathname, response);
    const parts = url.pathname
      .replace(/^\/api\/v\d+\//, '')
      .split('/')
      .map(decodeURIComponent);
    const { body, files } = await readBody(request);
    const recorded: Recorded = {
      at: this.clock.now(),
      method: request.method ?? 'GET',
      path: parts.join('/'),
      route: routeOf(parts),
      authorization: request.headers.authorization,
      body,
      files,
    };
    this.requests.push(recorded);
    const wait = this.latency(recorded);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const intervention = await this.intervene(recorded);
    if (intervention === 'lose_request') return void request.socket.destroy();
    const outcome =
      typeof intervention === 'object'
        ? { status: intervention.status, body: intervention.body ?? {}, headers: {} }
        : this.carryOut(recorded, parts, url.searchParams);
    recorded.status = outcome.status;
    this.world.emit('change');
    if (intervention === 'lose_answer') return void request.socket.destroy();
    // No content type without content: discord.js would try to read it.
    response.writeHead(outcome.status, {
      ...outcome.headers,
      ...(outcome.body === null ? {} : { 'content-type': 'application/json' }),
    });
    response.end(outcome.body === null ? undefined : JSON.stringify(outcome.body));
  }

  private carryOut(recorded: Recorded, parts: readonly string[], query: URLSearchParams) {
    const { method, route, body, files } = recorded;
    const needsToken = !/^\/(interactions|webhooks)\//.test(route);
    if (needsToken && recorded.authorization !== `Bot ${this.token}`) {
      return { status: 401, body: { message: '401: Unauthorized', code: 0 } as Json, headers: {} };
    }
    const isCallback = route.endsWith('/callback');
    const major = parts.slice(1, parts[0] === 'webhooks' ? 3 : 2).join('/');
    const standing = this.limits.take(method, route, major, this.allowance(method, route));
    const headers = isCallback ? {} : standing.headers;
    if (!isCallback && !standing.allowed) {
      this.rateLimited++;
      const message = 'You are being rate limited.';
      return {
        status: 429,
        body: { message, retry_after: standing.retryAfter, global: false } as Json,
        headers,
      };
    }
    const problem = contradiction(method, route, body);
    if (problem !== undefined) this.contradictions.push(`${method} ${route}: ${problem}`);
    try {
      if (problem !== undefined) throw invalid('body', problem);
      const given = body as JsonObject;
      const isGateway = route === '/gateway/bot';
      const result = isGateway
        ? this.gatewayInfo()
        : answer({ method, parts, query, body: given, files }, this.world);
      return { status: result === null ? 204 : 200, body: result, headers };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body as Json, headers };
      throw error;
    }
  }

  private async serveFile(path: string, response: ServerResponse): Promise<void> {
    if (this.fileLatency > 0) await new Promise((resolve) => setTimeout(resolve, this.fileLatency));
    const id = path.split('/')[3];
    const all = [...this.world.messages.flatMap(({ attachments }) => attachments), ...this.world.uploads];
    const file = all.find((one) => one.id === id);
    response.writeHead(file === undefined ? 404 : 200);
    response.end(file?.bytes);
  }
}

function routeOf(parts: readonly string[]): string {
  const named = parts.map((part, i) => {
    if (/^\d{16,20}$/.test(part)) return ':id';
    return (parts[0] === 'webhooks' || parts[0] === 'interactions') && i === 2 ? ':token' : part;
  });
  return `/${named.join('/')}`;
}

async function readBody(request: IncomingMessage): Promise<{ body: Json; files: UploadedFile[] }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { body: {}, files: [] };
  if (!type.startsWith('multipart/')) return { body: JSON.parse(bytes.toString()) as Json, files: [] };
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const files: UploadedFile[] = [];
  for (const [field, value] of form) {
    const [, id] = /^files\[(\d+)\]$/.exec(field) ?? [];
    if (id === undefined || typeof value === 'string') continue;
    files.push({ id, name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { body: JSON.parse(String(form.get('payload_json') ?? '{}')) as Json, files };
}
