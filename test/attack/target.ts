/** The service under attack, as `npm start` starts it, and how it is asked. */
import { readFileSync } from 'node:fs';
import type { ServiceProcess } from '../bot/web/a-process.ts';

export interface Reply {
  readonly status: number;
  readonly code: string;
  readonly sentence: string;
  readonly headers: Headers;
}

export class Target {
  readonly service: ServiceProcess;
  readonly dataDir: string;

  constructor(service: ServiceProcess, dataDir: string) {
    this.service = service;
    this.dataDir = dataDir;
  }

  async ask(path: string, init: RequestInit = {}): Promise<Reply> {
    const answer = await fetch(new URL(path, this.service.address), init);
    const text = await answer.text();
    const { code = '', error = '' } = /^\s*\{/.test(text) ? JSON.parse(text) : {};
    return { status: answer.status, code, sentence: error, headers: answer.headers };
  }

  post(path: string, body: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  }

  /** Bytes that the service holds; undefined where the system does not tell. */
  memory(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.service.child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    } catch {
      return undefined;
    }
  }
}
