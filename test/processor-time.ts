/** For tests that something takes time in proportion to its length: other work on the machine does not count. */

/** Milliseconds of the processor that the work took. */
export function processorTime(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The same for work that others may run in between, in this process; they are counted too. */
export async function processorTimeUntil(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
