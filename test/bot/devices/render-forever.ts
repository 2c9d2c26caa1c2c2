/** A parent for the test that kills one: starts a long request, tells the worker's process id, and waits. */
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { nanoRequest } from '../jobs/nano-request.ts';

const [entry] = process.argv.slice(2);
const host = new WorkerProcess({ device: 'cpu', ...(entry === undefined ? {} : { entry }) });
const told = new Set<string>();
void host.render(nanoRequest({ steps: 1_000, width: 384, height: 384 }), ({ type }) => {
  if (type === 'step' && !told.has(type)) process.stdout.write(`${host.pid}\n`);
  told.add(type);
});
