/** A terminal for tests: what is printed is kept, and rendering is handed to whatever studio a test gives. */
import { runImagine } from '../../../bot/terminal/imagine.ts';
import type { Terminal } from '../../../bot/terminal/terminal.ts';

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A studio must not be opened: for commands that are to be refused before anything starts. */
const noStudio: Terminal['openRenderQueue'] = () => {
  throw new Error('a studio was opened');
};

export async function imagine(argv: readonly string[], given: Partial<Terminal> = {}): Promise<Printed> {
  const printed = { stdout: '', stderr: '' };
  const code = await runImagine({
    argv,
    env: {},
    folder: '/nowhere',
    stdout: { write: (text: string) => (printed.stdout += text) },
    stderr: { write: (text: string) => (printed.stderr += text) },
    signal: new AbortController().signal,
    randomSeed: () => 4711,
    newId: () => 'id-1',
    openRenderQueue: noStudio,
    ...given,
  });
  return { code, ...printed };
}
