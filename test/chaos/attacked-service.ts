/** The service as the campaign holds it: a process that is told things, asked things, and killed. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Load } from './load.ts';
import type { FromService, ToService, WorkerStatus } from './protocol.ts';

export class AttackedService {
  /** Resolves when it takes requests. Rejects when it ends by itself. */
  readonly ready: Promise<unknown>;
  private readonly child: ChildProcess;
  private readonly gone: Promise<unknown>;

  constructor(folder: string, load: Load) {
    this.child = fork(path.join(import.meta.dirname, 'service.ts'), [folder], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.ready = Promise.race([this.hear('ready'), this.gone.then(() => this.failUnlessKilled())]);
    this.ready.catch(() => {});
    this.child.on('message', (message: FromService) => {
      if (message.type === 'accepted') load.noteAccepted(message.key, message.job);
      if (message.type === 'refused') load.noteRefused(message.sentence);
    });
  }

  send(message: ToService): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  async unsettled(): Promise<number> {
    this.send({ type: 'unsettled' });
    return (await this.hear('unsettled')).count;
  }

  async workers(): Promise<readonly WorkerStatus[]> {
    this.send({ type: 'workers' });
    return (await this.hear('workers')).workers;
  }

  /** @throws when it had ended by itself before */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
    this.failUnlessKilled();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.gone;
    if (this.child.exitCode !== 0) throw new Error(`the service ended with ${this.child.exitCode}`);
  }

  private failUnlessKilled(): void {
    if (this.child.signalCode !== 'SIGKILL')
      throw new Error(`the service ended by itself: ${this.child.exitCode ?? this.child.signalCode}`);
  }

  private hear<T extends FromService['type']>(type: T): Promise<Extract<FromService, { type: T }>> {
    return new Promise((resolve) => {
      const listen = (message: FromService) => {
        if (message.type !== type) return;
        this.child.off('message', listen);
        resolve(message as Extract<FromService, { type: T }>);
      };
      this.child.on('message', listen);
    });
  }
}
