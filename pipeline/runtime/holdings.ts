/** What is held open between runs, and who gives way when something new is opened. */
import { Fault } from '../../config/faults.ts';
import type { DeviceName } from './devices.ts';
import type { Kind } from './kinds.ts';
import { LEAST_WORKING, whoLeaves } from './residency.ts';

interface Held {
  readonly made: Promise<{ release(): Promise<void> }>;
  readonly kind: Kind;
  /** On the device; 0 where nothing is reckoned with. */
  readonly bytes: number;
  run: number;
  /** Cleared when its run is done with it. */
  needed: boolean;
}

/** What a worker holds now, for people to see. */
export interface Holding {
  /** Bytes that models may take; absent where no memory is reckoned with. */
  readonly budget?: number;
  readonly parts: readonly { readonly kind: Kind; readonly bytes: number }[];
}

export class Holdings {
  private readonly held = new Map<object, Held>();
  private readonly device: DeviceName;
  private readonly budget: number | undefined;
  private run = 0;

  /** @param budget bytes; without it what a run did not use gives way as soon as something new is opened */
  constructor(device: DeviceName, budget: number | undefined) {
    this.device = device;
    this.budget = budget;
  }

  get isReckoned(): boolean {
    return this.budget !== undefined;
  }

  begin(): void {
    this.run++;
  }

  /**
   * What is held under the key, or what `open` opens.
   * @param bytesOf how many it takes on the device; asked only where memory is reckoned with
   * @throws Fault device.too_small
   */
  async hold<T extends { release(): Promise<void> }>(
    key: object,
    kind: Kind,
    bytesOf: () => number | Promise<number>,
    open: () => Promise<T>,
  ): Promise<T> {
    const found = this.held.get(key);
    if (found) {
      found.run = this.run;
      found.needed = true;
      return found.made as Promise<T>;
    }
    const bytes = this.isReckoned ? await bytesOf() : 0;
    await this.makeRoom(bytes);
    const made = open();
    this.held.set(key, { made, kind, bytes, run: this.run, needed: true });
    made.catch(() => this.held.delete(key));
    return made;
  }

  /** The run is done with those: they leave when others need their place. */
  letGo(kind: Kind): void {
    for (const one of this.held.values()) if (one.kind === kind) one.needed = false;
  }

  release(): Promise<void> {
    return this.dropWhere(() => true);
  }

  get holding(): Holding {
    const parts = [...this.held.values()].map(({ kind, bytes }) => ({ kind, bytes }));
    return { ...(this.budget === undefined ? {} : { budget: this.budget }), parts };
  }

  private async makeRoom(bytes: number): Promise<void> {
    const { budget, device, run } = this;
    if (budget === undefined) {
      await this.dropWhere((one) => one.run < run);
      return;
    }
    const parts = [...this.held].map(([key, one]) => ({
      ...one,
      key,
      needed: one.needed && one.run === run,
    }));
    const leaving = whoLeaves(parts, bytes, budget);
    if (leaving === undefined) {
      const inUse = parts.filter(({ needed }) => needed).reduce((sum, part) => sum + part.bytes, 0);
      throw new Fault('device.too_small', { device, weights: bytes + inUse, working: LEAST_WORKING, budget });
    }
    const gone = new Set(leaving.map((key) => this.held.get(key)));
    await this.dropWhere((one) => gone.has(one));
  }

  private async dropWhere(isDropped: (one: Held) => boolean): Promise<void> {
    const dropped = [...this.held].filter(([, one]) => isDropped(one));
    for (const [key] of dropped) this.held.delete(key);
    await Promise.all(dropped.map(async ([, { made }]) => (await made.catch(() => undefined))?.release()));
  }
}
