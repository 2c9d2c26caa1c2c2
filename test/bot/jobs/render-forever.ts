/** A parent for the test that kills one: starts a long request, tells the worker's process id, and waits. */
import { WorkerHost } from '../../../bot/jobs/worker-host.ts';
import { nanoRequest } from './nano-request.ts';

const [entry] = process.argv.slice(2);
const host = new WorkerHost({ device: 'cpu', ...(entry === undefined ? {} : { entry }) });
const told = new Set<string>();
void host.render(nanoRequest({ steps: 10_000 }), ({ type }) => {
  if (type === 'step' && !told.has(type)) process.stdout.write(`${host.pid}\n`);
  told.add(type);
});
