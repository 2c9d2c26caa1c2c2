/** `functions.*`: the end of a workflow step, once. */
import type { Call, Method } from './api.ts';
import { complex, required } from './read-request.ts';
import { type Completion, type JsonObject, Refusal, refusalWith } from './shapes.ts';

export const FUNCTIONS: Readonly<Record<string, Method>> = {
  'functions.completeSuccess': { carryOut: (call) => complete(call, 'success') },
  'functions.completeError': { carryOut: (call) => complete(call, 'error') },
};

function complete({ args, team, world, token, tokens }: Call, how: Completion['how']): JsonObject {
  const [id = ''] = required(args, 'function_execution_id', how === 'success' ? 'outputs' : 'error');
  const execution = world.executions.find((one) => one.id === id && one.team === team);
  if (execution === undefined) throw new Refusal('function_execution_not_found');
  const isForeign = token.kind === 'workflow' && token.execution !== execution;
  if (isForeign) throw new Refusal('access_denied');
  const outputs = how === 'success' ? complex<JsonObject>(args, 'outputs', 'invalid_arguments') : undefined;
  const faults = outputs === undefined ? [] : world.app.outputFaults(execution.callbackId, outputs);
  const isRunning = execution.state === 'running';
  execution.completions.push({
    at: world.clock.now(),
    how,
    tokenKind: token.kind,
    accepted: isRunning && faults.length === 0,
    ...(outputs === undefined ? {} : { outputs }),
    ...(how === 'error' ? { error: String(args.error) } : {}),
  });
  world.emit('change');
  if (!isRunning) throw new Refusal('execution_not_in_running_state');
  if (faults.length > 0) throw refusalWith('parameter_validation_failed', faults);
  execution.state = how === 'success' ? 'succeeded' : 'failed';
  tokens.revoke(execution.token);
  return {};
}
