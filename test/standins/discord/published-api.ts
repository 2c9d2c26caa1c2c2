/**
 * Discord's own published description of its API (the package `discord-api-spec` is generated from it), asked about
 * each request. It knows lengths, ranges, enums and which components fit into which.
 */
import type { Json, JsonObject } from './shapes.ts';

interface Schema {
  safeParse(value: unknown): { success: boolean; error?: { issues: readonly unknown[] } };
}

// The package's types are its code; named as text, so that the compiler does not read it.
const name: string = 'discord-api-spec/zod';
const schemas = (await import(name)) as Readonly<Record<string, Schema>>;

const CALLBACKS: Readonly<Record<number, string>> = {
  4: 'CreateMessageInteractionCallbackRequest',
  5: 'CreateMessageInteractionCallbackRequest',
  6: 'UpdateMessageInteractionCallbackRequest',
  7: 'UpdateMessageInteractionCallbackRequest',
  8: 'ApplicationCommandAutocompleteCallbackRequest',
  9: 'ModalInteractionCallbackRequest',
};

const BODIES: Readonly<Record<string, string>> = {
  'POST /channels/:id/messages': 'MessageCreateRequest',
  'PATCH /channels/:id/messages/:id': 'MessageEditRequestPartial',
  'POST /webhooks/:id/:token': 'IncomingWebhookRequestPartial',
  'PATCH /webhooks/:id/:token/messages/@original': 'IncomingWebhookUpdateRequestPartial',
  'PATCH /webhooks/:id/:token/messages/:id': 'IncomingWebhookUpdateRequestPartial',
  'POST /users/@me/channels': 'CreatePrivateChannelRequest',
};

/** What is wrong with a body by the published description; undefined where nothing is, or nothing is published. */
export function contradiction(method: string, route: string, body: Json): string | undefined {
  if (route === '/applications/:id/commands' && method === 'PUT') {
    for (const one of body as Json[]) {
      const problem = check('ApplicationCommandUpdateRequest', one);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (route === '/interactions/:id/:token/callback') {
    const schema = CALLBACKS[Number((body as JsonObject).type)];
    return schema === undefined ? 'unknown callback type' : check(schema, body);
  }
  const schema = BODIES[`${method} ${route}`];
  return schema === undefined ? undefined : check(schema, body);
}

function check(schema: string, body: Json): string | undefined {
  const result = schemas[`${schema}Schema`]!.safeParse(body);
  return result.success ? undefined : `${schema}: ${JSON.stringify(result.error?.issues).slice(0, 2000)}`;
}
