/** Looks at a ComfyUI server now and then: whether it answers, and which models it has. It is the device's `Offer`. */
import type { ModelEntry } from '../../../config/models.ts';
import type { Clock } from '../../time/clock.ts';
import type { Offer, OfferedFiles, OfferedModel, Wanted } from '../elsewhere.ts';
import type { ComfyHttp } from './http.ts';
import { offeredModels } from './offered-models.ts';
import type { Prompts } from './prompts.ts';
import { readServerFiles, type ServerFiles, shelfNames } from './server-files.ts';
import { hasAllFiles } from './workflow.ts';

/** Milliseconds between two looks: while it answers, and while it does not. */
const LOOK = 10_000;
const LOOK_FOR = 1_000;
/** Prompts that are remembered while it is away, to be cancelled when it is back. */
const MOST_LATER = 100;

export class ServerWatch implements Offer {
  isReachable = false;
  models: readonly OfferedModel[] = [];
  /** What it listed last. */
  listed: ServerFiles | undefined;
  files: OfferedFiles = { loras: [], controls: [] };
  /** Why it is not ready: one sentence. */
  reason = 'the ComfyUI server has not answered yet';
  private readonly http: ComfyHttp;
  private readonly table: readonly ModelEntry[];
  private readonly clock: Clock;
  private readonly listeners: (() => void)[] = [];
  private readonly later = new Set<string>();
  private prompts: Prompts | undefined;
  private told = '';
  private closed = false;
  private stopWaiting = () => {};

  /** @param table every model that is known by name */
  constructor(http: ComfyHttp, table: readonly ModelEntry[], clock: Clock) {
    this.http = http;
    this.table = table;
    this.clock = clock;
  }

  get isReady(): boolean {
    return this.isReachable && this.models.length > 0;
  }

  draws(wanted: Wanted): boolean {
    return this.listed !== undefined && hasAllFiles(this.listed, wanted);
  }

  subscribe(changed: () => void): void {
    this.listeners.push(changed);
  }

  /** Where prompts are cancelled that could not be while it was away. */
  whenReached(prompts: Prompts): void {
    this.prompts = prompts;
  }

  /** Nobody waits for this prompt any more, and the server cannot be told now. */
  cancelLater(id: string): void {
    if (this.later.size < MOST_LATER) this.later.add(id);
  }

  /** It was found not to answer. */
  lose(): void {
    this.set(false, 'the ComfyUI server does not answer');
    this.lookIn(LOOK_FOR);
  }

  /** Looks now, and then again and again. Resolves after the first look; never rejects. */
  async start(): Promise<void> {
    await this.look();
    this.lookIn(this.isReachable ? LOOK : LOOK_FOR);
  }

  close(): void {
    this.closed = true;
    this.stopWaiting();
  }

  private lookIn(ms: number): void {
    this.stopWaiting();
    if (!this.closed) this.stopWaiting = this.clock.after(ms, () => void this.start());
  }

  private async look(): Promise<void> {
    try {
      const listed = await readServerFiles(this.http);
      this.listed = listed;
      this.models = offeredModels(listed, this.table);
      this.files = { loras: shelfNames(listed, 'loras'), controls: shelfNames(listed, 'controls') };
      for (const id of this.later) {
        await this.prompts?.cancel(id);
        this.later.delete(id);
      }
      this.set(true, 'the ComfyUI server has no Stable Diffusion 3.5 with its text encoders');
    } catch {
      this.lose();
    }
  }

  private set(isReachable: boolean, reason: string): void {
    this.isReachable = isReachable;
    this.reason = reason;
    const now = JSON.stringify([isReachable, this.models, this.files]);
    if (now === this.told || this.closed) return;
    this.told = now;
    for (const changed of this.listeners) changed();
  }
}
