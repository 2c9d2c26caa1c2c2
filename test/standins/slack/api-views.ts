/** `views.*`: forms, opened with a trigger within three seconds, and the app's home page. */
import type { Call, Method } from './api.ts';
import { findUser } from './api-chat.ts';
import { checkView, withIds } from './blocks.ts';
import { lookAtImages } from './images.ts';
import { viewJson } from './json.ts';
import { complex, required } from './read-request.ts';
import { type Execution, type JsonObject, Refusal, type Team, type User, type View } from './shapes.ts';
import type { World } from './world.ts';

const MOST_IN_A_STACK = 3;

export const VIEWS: Readonly<Record<string, Method>> = {
  'views.open': {
    carryOut: async (call) => {
      const content = await viewOf(call);
      const { user, execution } = call.triggers.useTrigger(String(required(call.args, 'trigger_id')[0]));
      const view = addView(call.world, user, content, { execution });
      return { view: viewJson(view, call.world) };
    },
  },
  'views.push': {
    carryOut: async (call) => {
      const content = await viewOf(call);
      const { user } = call.triggers.useTrigger(String(required(call.args, 'trigger_id')[0]));
      return { view: viewJson(pushView(call.world, user, content), call.world) };
    },
  },
  'views.update': {
    carryOut: async (call) => {
      const content = await viewOf(call);
      const { args, team, world } = call;
      const view = world.views.find(
        (one) =>
          one.team === team &&
          one.open &&
          (one.id === args.view_id ||
            (args.external_id !== undefined && one.content.external_id === args.external_id)),
      );
      if (view === undefined) throw new Refusal('not_found');
      if (args.hash !== undefined && args.hash !== view.hash) throw new Refusal('hash_conflict');
      changeView(world, view, content);
      return { view: viewJson(view, world) };
    },
  },
  'views.publish': {
    carryOut: async (call) => {
      const content = await viewOf(call);
      const { args, team, world } = call;
      if (!world.app.hasHome) throw new Refusal('not_enabled');
      if (content.type !== 'home') throw new Refusal('invalid_arguments');
      const user = findUser(String(required(args, 'user_id')[0]), team, world);
      const old = world.views.find((one) => one.kind === 'home' && one.user === user);
      if (old === undefined) return { view: viewJson(addView(world, user, content, {}), world) };
      changeView(world, old, content);
      return { view: viewJson(old, world) };
    },
  },
};

async function viewOf({ args, team, world }: Call): Promise<JsonObject> {
  required(args, 'view');
  const view = complex<JsonObject>(args, 'view', 'invalid_arguments')!;
  return prepareView(view, team, world);
}

/** A view's content, checked and with ids. @throws Refusal */
export async function prepareView(view: JsonObject, team: Team, world: World): Promise<JsonObject> {
  checkView(view);
  const blocks = view.blocks as JsonObject[];
  await lookAtImages(blocks, team, world);
  return { ...view, blocks: withIds(blocks, () => world.newId('b')) };
}

export function addView(
  world: World,
  user: User,
  content: JsonObject,
  { execution, previous }: { execution?: Execution | undefined; previous?: View },
): View {
  const id = world.newId('V');
  const view: View = {
    id,
    team: user.team,
    user,
    kind: content.type === 'home' ? 'home' : 'modal',
    rootId: previous?.rootId ?? id,
    ...(previous === undefined ? {} : { previousId: previous.id }),
    ...(execution === undefined ? {} : { execution }),
    content,
    hash: world.newId('h'),
    open: true,
    errors: {},
  };
  world.views.push(view);
  world.emit('change');
  return view;
}

/** @throws Refusal `push_limit_reached` over three */
export function pushView(world: World, user: User, content: JsonObject): View {
  const stack = world.views.filter((one) => one.kind === 'modal' && one.user === user && one.open);
  const previous = stack.at(-1);
  if (previous === undefined) throw new Refusal('not_found');
  if (stack.length >= MOST_IN_A_STACK) throw new Refusal('push_limit_reached');
  return addView(world, user, content, { previous });
}

export function changeView(world: World, view: View, content: JsonObject): void {
  view.content = content;
  view.hash = world.newId('h');
  view.errors = {};
  world.emit('change');
}
