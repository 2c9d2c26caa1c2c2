/** The Web API's methods: what each needs and who carries it out. */
import { CHAT } from './api-chat.ts';
import { FILES } from './api-files.ts';
import { OAUTH } from './api-oauth.ts';
import { PLACES } from './api-places.ts';
import { VIEWS } from './api-views.ts';
import { FUNCTIONS } from './api-workflow.ts';
import type { JsonObject, Team, Token } from './shapes.ts';
import type { Sockets } from './sockets.ts';
import type { Tokens } from './tokens.ts';
import type { Triggers } from './triggers.ts';
import type { World } from './world.ts';

/** Everything that a method may look at. */
export interface Call {
  readonly method: string;
  readonly args: JsonObject;
  readonly token: Token;
  readonly team: Team;
  readonly world: World;
  readonly tokens: Tokens;
  readonly triggers: Triggers;
  readonly sockets: Sockets;
}

export interface Method {
  /** Scope of a bot's or a workflow's token; none needed if absent. */
  readonly scope?: string;
  /** Token without which it is refused; a bot's or a workflow's by default. `none`: before there is a token. */
  readonly needs?: 'app' | 'none';
  /** @throws Refusal */
  readonly carryOut: (call: Call) => JsonObject | Promise<JsonObject>;
}

export const METHODS: Readonly<Record<string, Method>> = {
  ...PLACES,
  ...CHAT,
  ...FILES,
  ...VIEWS,
  ...FUNCTIONS,
  ...OAUTH,
  'apps.connections.open': {
    needs: 'app',
    carryOut: ({ sockets }) => ({ url: sockets.newUrl() }),
  },
};
