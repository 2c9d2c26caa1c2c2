/** Workflow Builder: runs the app's step, with a token that dies when the step ends or after a quarter of an hour. */
import type { Deliveries, Delivery } from './deliveries.ts';
import { eventPayload } from './events.ts';
import type { Execution, JsonObject, User } from './shapes.ts';
import type { Tokens } from './tokens.ts';
import type { World } from './world.ts';

const TOKEN_LIFE = 15 * 60_000;

export class Workflow {
  private readonly world: World;
  private readonly deliveries: Deliveries;
  private readonly tokens: Tokens;

  constructor(world: World, deliveries: Deliveries, tokens: Tokens) {
    this.world = world;
    this.deliveries = deliveries;
    this.tokens = tokens;
  }

  /** A workflow comes to this step. @param by who started the workflow */
  runs(callbackId: string, inputs: JsonObject, by: User): { execution: Execution; delivery: Delivery } {
    const { world } = this;
    const { team } = by;
    const draft = {
      id: world.newId('Fx'),
      team,
      callbackId,
      inputs,
      startedAt: world.clock.now(),
      completions: [],
      state: 'running' as const,
    };
    const execution = draft as unknown as Execution & { token: string };
    execution.token = this.tokens.issue('workflow', team, { life: TOKEN_LIFE, execution }).value;
    world.executions.push(execution);
    const step = world.app.steps.get(callbackId);
    const list = (parameters: object = {}) =>
      Object.entries(parameters).map(([name, one]) => ({ name, ...(one as JsonObject) }));
    const payload = eventPayload(world, by, {
      type: 'function_executed',
      function: {
        id: world.newId('Fn'),
        callback_id: callbackId,
        title: step?.title ?? callbackId,
        description: '',
        type: 'app',
        input_parameters: list(step?.inputs),
        output_parameters: list(step?.outputs),
        app_id: world.appId,
        date_updated: 1_700_000_000,
      },
      inputs,
      function_execution_id: execution.id,
      workflow_execution_id: world.newId('Wx'),
      event_ts: world.newTs(),
      bot_access_token: execution.token,
    });
    return { execution, delivery: this.deliveries.send('events_api', payload, { person: by }) };
  }

  /** The step's token is dead from now on, before the step has ended. */
  killToken({ token }: Execution): void {
    this.tokens.revoke(token);
  }
}
