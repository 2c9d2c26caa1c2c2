/** The world around a command in a terminal, so that tests can stand in for it. */
import type { Environment } from '../../config/environment.ts';
import type { Settings } from '../../config/settings.ts';
import type { Screen } from './progress-bar.ts';
import type { RenderQueue } from './render-queue.ts';

export interface Terminal {
  readonly argv: readonly string[];
  readonly env: Environment;
  /** What relative paths are relative to. */
  readonly folder: string;
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  randomSeed(): number;
  newId(): string;
  /** @param device the one asked for, in place of the settings' */
  openRenderQueue(
    settings: Settings,
    device: string | undefined,
    log: (line: string) => void,
  ): Promise<RenderQueue>;
}
