/** A worker that may have 200 MB more than it has, and takes more: V8 dies of it, and says so as its last words. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

process.on('message', () => {
  const now = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${now + 200 * 2 ** 20}`]);
  const all = [];
  for (;;) all.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
});
