/** The prompts of a server, a prompt being a workflow in its queue: handing one in, looking at it, taking it out again. */
import * as z from 'zod';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import type { ComfyHttp } from './http.ts';

const image = z.object({
  filename: z.string().min(1).max(500),
  subfolder: z.string().max(500),
  type: z.enum(['temp', 'output', 'input']),
});
export type ServerImage = z.infer<typeof image>;

/** One prompt of the history; what is not needed is not looked at. */
const entry = z.object({
  outputs: z.record(z.string(), z.object({ images: z.array(image).max(64).optional() })),
  status: z
    .object({ completed: z.boolean(), messages: z.array(z.tuple([z.string(), z.unknown()])) })
    .nullish(),
});
const history = z.record(z.string(), z.unknown());
/** `[number, id, prompt, ...]` */
const queued = z.tuple([z.number(), z.string()]).rest(z.unknown());
const queue = z.object({ queue_running: z.array(queued), queue_pending: z.array(queued) });
const accepted = z.object({ prompt_id: z.string().min(1).max(200) });
const stamped = z.object({ timestamp: z.number() });
const failure = z.object({ exception_type: z.string(), exception_message: z.string() }).partial();

export type PromptState =
  | { readonly at: 'nowhere' | 'waiting' | 'running' | 'interrupted' }
  /** `ms`: from its beginning to its end, where the server says. */
  | { readonly at: 'done'; readonly images: readonly ServerImage[]; readonly ms: number | undefined }
  /** `reason`: the server's own words, for the log. */
  | { readonly at: 'failed'; readonly reason: string; readonly outOfMemory: boolean };

export class Prompts {
  private readonly http: ComfyHttp;

  constructor(http: ComfyHttp) {
    this.http = http;
  }

  /** @returns its id, which servers before 2025 choose themselves; or why it was refused, in the server's words */
  async add(
    id: string,
    client: string,
    prompt: PlainGraph,
    previews: boolean,
  ): Promise<{ id: string } | { refused: string }> {
    const { status, body } = await this.http.post('/prompt', {
      prompt,
      prompt_id: id,
      client_id: client,
      extra_data: { preview_method: previews ? 'auto' : 'none' },
    });
    if (status === 200) return { id: accepted.parse(body).prompt_id };
    if (status >= 400 && status < 500) return { refused: JSON.stringify(body).slice(0, 2000) };
    throw new Error(`/prompt was answered with status ${status}`);
  }

  /** @throws Error where it does not answer, or not as a ComfyUI does */
  async look(id: string): Promise<PromptState> {
    // The queue first: what leaves it in between is found in the history.
    const { queue_running, queue_pending } = queue.parse(await this.http.json('/queue'));
    const has = (list: readonly z.infer<typeof queued>[]) => list.some(([, one]) => one === id);
    if (has(queue_running)) return { at: 'running' };
    if (has(queue_pending)) return { at: 'waiting' };
    const found = history.parse(await this.http.json(`/history/${encodeURIComponent(id)}`))[id];
    return found === undefined ? { at: 'nowhere' } : stateOf(entry.parse(found));
  }

  /** Takes it out of the queue or stops it, and no other. */
  async cancel(id: string): Promise<void> {
    const { status } = await this.http.post(`/api/jobs/${encodeURIComponent(id)}/cancel`, {});
    if (status === 200) return;
    // Servers before 2026 have no such address; those before autumn 2025 stop whatever runs, so it is looked at first.
    await this.http.post('/queue', { delete: [id] });
    if ((await this.look(id)).at === 'running') await this.http.post('/interrupt', { prompt_id: id });
  }

  /** It and its pictures are of no more use. Servers keep the files until their next start. */
  async forget(id: string): Promise<void> {
    await this.http.post('/history', { delete: [id] });
  }
}

function stateOf({ outputs, status }: z.infer<typeof entry>): PromptState {
  const messages = new Map(status?.messages ?? []);
  if (messages.has('execution_interrupted')) return { at: 'interrupted' };
  const error = failure.safeParse(messages.get('execution_error')).data;
  if (error !== undefined || status?.completed === false) {
    const { exception_type = '', exception_message = '' } = error ?? {};
    const reason = `${exception_type}: ${exception_message}`.slice(0, 2000);
    return { at: 'failed', reason, outOfMemory: /OutOfMemory|out of memory/i.test(reason) };
  }
  const at = (event: string) => stamped.safeParse(messages.get(event)).data?.timestamp;
  const ms = (at('execution_success') ?? Number.NaN) - (at('execution_start') ?? Number.NaN);
  const images = Object.values(outputs).flatMap(({ images = [] }) => images);
  return { at: 'done', images, ms: ms >= 0 ? ms : undefined };
}
