/** Why a worker ended: what its last words and its signal say. */
import { readFileSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';

/** Characters of its last words that are kept. */
const TAIL = 4_000;
/** V8 at its limit, the C++ library, glibc. */
const NO_MEMORY = /heap out of memory|bad_alloc|cannot allocate memory|out of memory/i;

export class Death {
  private readonly device: string;
  private readonly killsBefore = memoryKills();
  private tail = '';
  private isOurs = false;

  /** @param device of a worker that has just been started */
  constructor(device: string) {
    this.device = device;
  }

  /** What it wrote to its standard error. */
  hear(text: string): void {
    this.tail = (this.tail + text).slice(-TAIL);
  }

  /** We are about to kill it. */
  foresee(): void {
    this.isOurs = true;
  }

  /** @param cause a signal's name, or words */
  describe(cause: string): Fault {
    const { device } = this;
    if (cause === 'SIGBUS') return new Fault('worker.files_changed', { device });
    const wasKilledForMemory = cause === 'SIGKILL' && !this.isOurs && memoryKills() > this.killsBefore;
    if (wasKilledForMemory || (!this.isOurs && NO_MEMORY.test(this.tail))) {
      return new Fault('worker.memory', { device });
    }
    return new Fault('worker.crashed', { device, cause });
  }
}

/** How many processes the system has killed for want of memory: those of our control group, or of the machine. */
function memoryKills(): number {
  for (const file of ['/sys/fs/cgroup/memory.events', '/proc/vmstat']) {
    try {
      const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
      if (count !== undefined) return Number(count);
    } catch {
      // Not Linux, or not to be read from here.
    }
  }
  return 0;
}
