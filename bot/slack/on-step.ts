/** `imagine_step` of a workflow: a request like any other, whose outcome the workflow waits for. */

import { imagine } from '../../commands/imagine.ts';
import { readForm } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Shared } from './dependencies.ts';
import { pictureFetcherOf } from './pictures.ts';
import { type Home, personOf, SURFACE } from './place.ts';
import { type Acknowledge, type Envelope, homeOfEnvelope } from './slack-event.ts';
import { whyRefused } from './steps.ts';
import { fromSlack } from './typed-text.ts';

/** The step's id in the manifest. */
export const STEP = 'imagine_step';

/** The inputs that are options of `/imagine`. */
const OPTIONS = ['prompt', 'style', 'model', 'seed'] as const;
/** Who asks where a workflow names nobody. */
const NOBODY = { id: 'workflow', name: 'a workflow' } as const;

export interface FunctionExecuted {
  readonly function_execution_id: string;
  readonly inputs: { readonly [name: string]: unknown };
}

export async function onStep(
  body: Envelope<FunctionExecuted>,
  acknowledge: Acknowledge,
  shared: Shared,
): Promise<void> {
  const { function_execution_id: execution, inputs } = body.event;
  const home = homeOfEnvelope(body);
  const { deduplicator, steps, log } = shared;
  const asking = await askingOf(execution, inputs, home, shared);
  await deduplicator.run(asking.key, async () => {
    try {
      await request(inputs, asking, home, shared);
    } catch (error) {
      if (!(error instanceof Fault)) log.error('a workflow step failed', { cause: error });
      const fault = error instanceof Fault ? error : new Fault('pipeline.failed', {});
      await steps.refuse(home, execution, whyRefused(fault));
    }
  });
  await acknowledge();
}

/** @throws Fault */
async function request(
  inputs: FunctionExecuted['inputs'],
  asking: Asking,
  home: Home,
  shared: Shared,
): Promise<void> {
  if (asking.place.channel === '') throw new Fault('option.missing', { option: 'channel_id' });
  const fields = Object.fromEntries(OPTIONS.map((name) => [name, text(inputs[name])]));
  const given = readForm(fields, imagine);
  if (given.prompt === undefined) throw new Fault('option.missing', { option: 'prompt' });
  const fetchPicture = pictureFetcherOf(home, shared);
  await imagine.run(given, { ...shared.contextOf(asking, 'en'), fetchPicture });
}

/** Without a channel the picture goes to the person, in a direct message. */
async function askingOf(
  step: string,
  inputs: FunctionExecuted['inputs'],
  home: Home,
  { users }: Shared,
): Promise<Asking & { readonly key: string }> {
  const user = text(inputs.user_id);
  const channel = text(inputs.channel_id) ?? user ?? '';
  const known = user === undefined ? undefined : await users.name(home, user);
  const by =
    user === undefined ? personOf(home, NOBODY.id, NOBODY.name) : personOf(home, user, known ?? user);
  const data = { ...home, step, ...(user === undefined ? {} : { user }) };
  return { by, place: { surface: SURFACE, channel, data }, key: `slack:${step}` };
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : fromSlack(String(value));
}
