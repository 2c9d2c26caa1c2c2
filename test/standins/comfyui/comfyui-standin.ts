/**
 * A stand-in for a ComfyUI server: its addresses, its queue, its websocket and its history, as `server.py`,
 * `execution.py` and `main.py` have them; it draws plain colours. Tests see all that it was asked, and make it
 * misbehave. `age: 'old'` is a server of 2024, which chooses ids itself, names folders otherwise and stops whatever runs.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Drawn, drawnBy, encodePlain } from './draw.ts';
import { type Nodes, refusalOf } from './validate.ts';

export interface Prompt {
  readonly id: string;
  readonly client: string | undefined;
  readonly nodes: Nodes;
  readonly extra: Readonly<Record<string, unknown>>;
}

interface HistoryEntry {
  readonly prompt: readonly unknown[];
  readonly outputs: Readonly<Record<string, { images: readonly Image[] }>>;
  readonly status: {
    status_str: string;
    completed: boolean;
    messages: readonly (readonly [string, object])[];
  };
}

interface Image {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What a sampling of the stand-in does instead of ending well. */
export type Mishap = { readonly type: string; readonly message: string };

export class ComfyStandin {
  readonly requests: Recorded[] = [];
  /** Every prompt that was begun, in order. */
  readonly begun: Prompt[] = [];
  /** Ids of prompts by how they ended. */
  readonly ended = { success: [] as string[], error: [] as string[], interrupted: [] as string[] };
  /** Files of `input` and `temp`, by `type/subfolder/name`. */
  readonly uploads = new Map<string, Buffer>();
  /** By folder, as `/models/FOLDER` lists them. */
  files: Record<string, readonly string[]>;
  /** Waited for before each step, 1 for the first. */
  beforeStep: (prompt: Prompt, step: number) => Promise<void> | void = () => {};
  mishap: (prompt: Prompt) => Mishap | undefined = () => undefined;
  /** What is sent in place of a finished picture. */
  picture: (drawn: Drawn) => Promise<Buffer> = encodePlain;
  /** Answers in place of the server's own. */
  intervene: (request: Recorded) => { status: number; body?: string } | undefined = () => undefined;
  readonly age: 'today' | 'old';
  private readonly sockets = new Map<string, WebSocket>();
  private readonly finished = new Map<string, Drawn>();
  private pending: Prompt[] = [];
  private running: Prompt | undefined;
  private interrupted = false;
  private history = new Map<string, HistoryEntry>();
  private number = 0;
  /** Counts starts: what an earlier one still did is of no account. */
  private life = 0;
  private server: Server | undefined;
  private port = 0;

  constructor(files: Record<string, readonly string[]>, age: 'today' | 'old') {
    this.files = files;
    this.age = age;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get queue(): readonly string[] {
    return [...(this.running ? [this.running.id] : []), ...this.pending.map(({ id }) => id)];
  }

  /** Listens, where it did before if it did. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
    });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (opened) => this.welcome(request, opened));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** The process ends: queue, history and temporary files are gone with it. */
  async stop(): Promise<void> {
    const { server } = this;
    this.life++;
    this.pending = [];
    this.running = undefined;
    this.history = new Map();
    this.uploads.clear();
    this.loseSockets();
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  loseSockets(): void {
    for (const socket of this.sockets.values()) socket.terminate();
    this.sockets.clear();
  }

  /** Somebody uses the server by hand. @returns the prompt's id */
  handIn(nodes: Nodes): string {
    const id = randomUUID();
    this.put({ id, client: undefined, nodes, extra: {} });
    return id;
  }

  private welcome(request: IncomingMessage, socket: WebSocket): void {
    const client = new URL(request.url!, this.address).searchParams.get('clientId') || randomUUID();
    this.sockets.set(client, socket);
    socket.on('close', () => this.sockets.get(client) === socket && this.sockets.delete(client));
    this.tell(client, 'status', {
      status: { exec_info: { queue_remaining: this.queue.length } },
      sid: client,
    });
  }

  private tell(client: string | undefined, type: string, data: object): void {
    if (client !== undefined) this.sockets.get(client)?.send(JSON.stringify({ type, data }));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.address);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const raw = Buffer.concat(parts);
    const isForm = String(request.headers['content-type']).startsWith('multipart/');
    const body: unknown = raw.length === 0 || isForm ? raw : JSON.parse(raw.toString('utf8'));
    const recorded = { method: request.method!, path: url.pathname, body };
    this.requests.push(recorded);
    const json = (value: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const other = this.intervene(recorded);
    if (other !== undefined) return void response.writeHead(other.status).end(other.body);

    const [, first, second, third] = url.pathname.split('/');
    switch (`${request.method} /${first}`) {
      case 'GET /models': {
        const names = this.files[second!];
        return void (names === undefined ? response.writeHead(404).end() : json(names));
      }
      case 'GET /queue':
        return void json({
          queue_running: this.running ? [this.item(this.running)] : [],
          queue_pending: this.pending.map((one) => this.item(one)),
        });
      case 'POST /queue':
        this.pending = this.pending.filter(({ id }) => !(body as { delete: string[] }).delete.includes(id));
        return void response.writeHead(200).end();
      case 'GET /history': {
        const found = this.history.get(second!);
        return void json(found === undefined ? {} : { [second!]: found });
      }
      case 'POST /history':
        for (const id of (body as { delete: string[] }).delete) this.history.delete(id);
        return void response.writeHead(200).end();
      case 'POST /interrupt': {
        const { prompt_id } = body as { prompt_id?: string };
        if (this.age === 'old' || prompt_id === undefined || prompt_id === this.running?.id)
          this.interrupted = true;
        return void response.writeHead(200).end();
      }
      case 'POST /api':
        if (this.age === 'old') return void response.writeHead(405).end();
        return void json({ cancelled: this.cancel(third!) });
      case 'POST /upload':
        return void json(await this.keep(raw, String(request.headers['content-type'])));
      case 'GET /view': {
        const drawn = this.finished.get(url.searchParams.get('filename')!);
        if (drawn === undefined) return void response.writeHead(404).end();
        return void response.writeHead(200).end(await this.picture(drawn));
      }
      case 'POST /prompt':
        return void this.take(body as Record<string, never>, json);
      default:
        return void response.writeHead(404).end();
    }
  }

  private item({ id, nodes, extra }: Prompt): readonly unknown[] {
    return [this.number, id, nodes, extra, []];
  }

  private cancel(id: string): boolean {
    const waits = this.pending.some((one) => one.id === id);
    this.pending = this.pending.filter((one) => one.id !== id);
    if (this.running?.id !== id) return waits;
    this.interrupted = true;
    return true;
  }

  private async keep(raw: Buffer, type: string): Promise<object> {
    const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
    const file = form.get('image') as File;
    const folder = String(form.get('subfolder') ?? '');
    const kind = String(form.get('type') ?? 'input');
    this.uploads.set(`${kind}/${folder}/${file.name}`, Buffer.from(await file.arrayBuffer()));
    return { name: file.name, subfolder: folder, type: kind };
  }

  private take(body: Record<string, never>, json: (value: unknown, status?: number) => unknown): void {
    const {
      prompt,
      client_id,
      extra_data = {},
    } = body as unknown as {
      prompt: Nodes;
      client_id?: string;
      extra_data?: object;
    };
    const asked = (body as { prompt_id?: string }).prompt_id;
    const id = this.age === 'old' || asked === undefined ? randomUUID() : asked;
    const error = refusalOf(prompt, this.files, this.uploads);
    if (error !== undefined) return void json({ error, node_errors: {} }, 400);
    this.put({ id, client: client_id, nodes: prompt, extra: { ...extra_data, client_id } });
    json({ prompt_id: id, number: this.number, node_errors: {} });
  }

  private put(prompt: Prompt): void {
    this.number++;
    this.pending.push(prompt);
    if (this.running === undefined) void this.work(this.life);
  }

  private async work(life: number): Promise<void> {
    for (let prompt = this.pending.shift(); prompt !== undefined; prompt = this.pending.shift()) {
      this.running = prompt;
      this.interrupted = false;
      this.begun.push(prompt);
      const entry = await this.execute(prompt, life);
      if (life !== this.life) return;
      this.history.set(prompt.id, entry);
      this.running = undefined;
      this.tell(prompt.client, 'executing', { node: null, prompt_id: prompt.id });
    }
  }

  private async execute(prompt: Prompt, life: number): Promise<HistoryEntry> {
    const { id, client, nodes } = prompt;
    const messages: [string, object][] = [];
    const note = (type: string, data: object) => {
      messages.push([type, { ...data, prompt_id: id, timestamp: Date.now() }]);
      this.tell(client, type, messages.at(-1)![1]);
    };
    const end = (how: 'success' | 'error' | 'interrupted', outputs: HistoryEntry['outputs'] = {}) => {
      if (life === this.life) this.ended[how].push(id);
      const completed = how === 'success';
      const status = { status_str: completed ? 'success' : 'error', completed, messages };
      return { prompt: this.item(prompt), outputs, status };
    };
    note('execution_start', {});
    note('execution_cached', { nodes: [] });
    for (const [node, { class_type, inputs }] of Object.entries(nodes)) {
      this.tell(client, 'executing', { node, display_node: node, prompt_id: id });
      if (class_type !== 'KSampler') continue;
      const total = Number(inputs.steps);
      for (let step = 1; step <= total; step++) {
        await this.beforeStep(prompt, step);
        await new Promise(setImmediate);
        if (life !== this.life) return end('interrupted');
        if (this.interrupted) {
          note('execution_interrupted', { node_id: node, node_type: class_type, executed: [] });
          return end('interrupted');
        }
        const mishap = this.mishap(prompt);
        if (mishap !== undefined) {
          const told = { exception_type: mishap.type, exception_message: mishap.message, traceback: [] };
          note('execution_error', { node_id: node, node_type: class_type, executed: [], ...told });
          return end('error');
        }
        this.tell(client, 'progress', { value: step, max: total, prompt_id: id, node });
        if (client !== undefined && prompt.extra.preview_method !== 'none')
          this.sockets.get(client)?.send(await previewFrame(step));
      }
    }
    const outputs = Object.fromEntries(
      Object.entries(nodes)
        .filter(([, { class_type }]) => /^(Preview|Save)Image$/.test(class_type))
        .map(([node]) => [node, { images: this.save(nodes) }]),
    );
    note('execution_success', {});
    return end('success', outputs);
  }

  private save(nodes: Nodes): Image[] {
    return drawnBy(nodes).map((drawn) => {
      const filename = `ComfyUI_temp_${this.finished.size}_.png`;
      this.finished.set(filename, drawn);
      return { filename, subfolder: '', type: 'temp' };
    });
  }
}

/** Four bytes of kind, four of type (1 JPEG, 2 PNG), the picture. */
async function previewFrame(step: number): Promise<Buffer> {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(1, 0);
  head.writeUInt32BE(2, 4);
  return Buffer.concat([head, await encodePlain({ width: 16, height: 16, seed: step })]);
}
