/** Asks the judge, and gets another one where it hangs. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './judge.ts';

const JUDGE = fileURLToPath(new URL('./judge.ts', import.meta.url));

export class Panel {
  private judge: ChildProcess | undefined;
  private readonly root: string;
  /** Files that the judge has not been told of yet. */
  private readonly changed = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** A file is another from now on. */
  change(file: string): void {
    this.changed.add(file);
  }

  /** Whether a file of tests passes. @param limit milliseconds. @returns undefined where it took longer, or where the judge died */
  async ask(test: string, limit: number): Promise<Answer | undefined> {
    this.judge ??= await this.appoint();
    const { judge } = this;
    return new Promise((resolve) => {
      const done = (answer: Answer | undefined) => {
        clearTimeout(timer);
        judge.removeAllListeners();
        if (answer === undefined) this.dismiss();
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), limit);
      judge.once('message', (answer) => done(answer as Answer));
      judge.once('exit', () => done(undefined));
      const question: Question = { changed: [...this.changed], test };
      this.changed.clear();
      judge.send(question);
    });
  }

  /** The judge and the processes it began. */
  dismiss(): void {
    const pid = this.judge?.pid;
    this.judge?.removeAllListeners();
    if (pid !== undefined) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        this.judge?.kill('SIGKILL'); // no groups on Windows
      }
    }
    this.judge = undefined;
  }

  private appoint(): Promise<ChildProcess> {
    const env = { ...process.env };
    delete env.CI;
    const judge = fork(JUDGE, [this.root], {
      cwd: this.root,
      env,
      detached: true,
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      judge.once('message', () => {
        judge.removeAllListeners();
        resolve(judge);
      });
      judge.once('exit', (code) => reject(new Error(`vitest could not be opened: ${code}`)));
    });
  }
}
