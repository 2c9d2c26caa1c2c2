/**
 * A server that behaves like Slack towards an app, on this machine: Web API, Socket Mode, signed requests, people
 * and workflows. It keeps everything that was asked of it, and fails in the ways Slack fails.
 *
 *     const slack = await openSlackStandin(clock);            // SLACK_API_URL=slack.apiUrl
 *     // Socket Mode: SLACK_BOT_TOKEN=slack.botToken, SLACK_APP_TOKEN=slack.appToken
 *     // HTTP mode:   SLACK_SIGNING_SECRET=slack.deliveries.signingSecret, then
 *     slack.deliveries.requestUrl = 'http://127.0.0.1:3536/slack/events';
 *     slack.world.app.read(manifest, slack.world.teams);      // commands, shortcuts, events, scopes, steps (optional)
 *
 *     const anna = slack.person('Anna', { locale: 'de-DE' });
 *     const told = anna.types('/imagine a red fox --seed 42');
 *     await slack.deliveries.acked(told);                     // told.ackedAfter: milliseconds
 *     const final = await slack.until(() => anna.sees().find(({ images }) => images.length > 0));
 *     final.images[0].file.bytes; final.images[0].isBroken;   // final.revisions: what it looked like before
 *     anna.presses(final, 'Reroll'); anna.picks(final, 'v1:pick', '2'); anna.reacts(final, 'game_die');
 *     anna.mentions('a blue fox', { thread: final }); anna.uses('use_as_input', final);
 *     await slack.until(() => anna.form); anna.submits({ prompt: 'a green fox' });
 *     const { execution } = slack.workflow.runs('imagine_step', { prompt: 'a fox' }, anna.user);
 *     await slack.until(() => execution.completions.length > 0); execution.state; slack.workflow.killToken(execution);
 *
 *     slack.deliveries.copies = 3; slack.deliveries.repeat(told);      // the same told several times
 *     slack.deliveries.request(told, { timestamp: 0 });                // stale, future, wrongly signed, replayed
 *     slack.sockets.refresh(); slack.sockets.warn(); slack.sockets.cut(); slack.goDown(); slack.comeBack();
 *     slack.http.limits.force('chat.update', 4_000);                   // 429 for a while
 *     slack.http.intervene = ({ method }) => method === 'files.info' ? { error: 'internal_error' } : 'pass';
 *     slack.http.latency = () => 200; slack.world.processingTime = () => 2_000;
 *     const back = slack.agree(anna.user, authorizeUrl);               // installation by OAuth; slack.uninstall
 *     const other = slack.world.addTeam('Other'); slack.tokens.issue('bot', other); slack.tokens.revoke(slack.botToken);
 *     slack.http.callsOf('chat.update'); slack.world.shownImages(); slack.world.refusedImages; mentionsIn(final);
 */
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { Deliveries, type Delivery } from './deliveries.ts';
import { eventPayload, tellOfBot } from './events.ts';
import { HttpServer } from './http-server.ts';
import { Person } from './person.ts';
import type { User } from './shapes.ts';
import { Sockets } from './sockets.ts';
import { Tokens } from './tokens.ts';
import { Triggers } from './triggers.ts';
import { Workflow } from './workflow.ts';
import { World } from './world.ts';

export interface SlackStandin {
  readonly world: World;
  readonly http: HttpServer;
  readonly sockets: Sockets;
  readonly deliveries: Deliveries;
  readonly tokens: Tokens;
  readonly workflow: Workflow;
  /** For `SLACK_API_URL`. */
  readonly apiUrl: string;
  /** Of the bot in the workspace `world.home`. */
  readonly botToken: string;
  readonly appToken: string;
  person(name: string, options?: Partial<Omit<User, 'id' | 'name'>>): Person;
  /** Resolves as soon as something is so. */
  until: World['until'];
  /** A code that the app can exchange, as after somebody has agreed to its installation. */
  authorize(by: User, redirectUri?: string): string;
  /**
   * Somebody agrees to the installation that a page of Slack's asks for.
   * @param asked where the app sent the browser @param fallback the app's first redirect URL, if it named none
   * @returns where Slack sends the browser back to
   */
  agree(by: User, asked: string, fallback?: string): string;
  /** The app is removed from a workspace: its tokens are dead and it is told. */
  uninstall(by: User): Delivery;
  /** Neither Web API nor sockets answer. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** @param clock decides about deadlines, tokens' lives, limits and how long files are processed */
export async function openSlackStandin(clock: Clock = systemClock): Promise<SlackStandin> {
  const world = new World(clock);
  const tokens = new Tokens(clock);
  const triggers = new Triggers(clock);
  const sockets = new Sockets(world);
  const http = new HttpServer(world, tokens, triggers, sockets);
  const deliveries = new Deliveries(world, sockets);
  tellOfBot(world, deliveries);
  sockets.start(await http.start());
  const authorize = (user: User, redirectUri?: string) => {
    const code = world.newId('code.');
    const more = redirectUri === undefined ? {} : { redirectUri };
    world.app.oauth.codes.set(code, { team: user.team, user, used: false, ...more });
    return code;
  };
  return {
    world,
    http,
    sockets,
    deliveries,
    tokens,
    workflow: new Workflow(world, deliveries, tokens),
    apiUrl: `${world.origin}/api/`,
    botToken: tokens.issue('bot', world.home).value,
    appToken: tokens.issue('app', world.home).value,
    person: (name, options = {}) => new Person(world.addUser(name, options), world, deliveries, triggers),
    until: world.until.bind(world),
    authorize,
    agree(user, asked, fallback = '') {
      const { searchParams: params } = new URL(asked);
      const redirectUri = params.get('redirect_uri') ?? undefined;
      const back = new URL(redirectUri ?? fallback);
      back.searchParams.set('code', authorize(user, redirectUri));
      back.searchParams.set('state', params.get('state') ?? '');
      return back.href;
    },
    uninstall(user) {
      tokens.revokeAll(user.team);
      return deliveries.send('events_api', eventPayload(world, user, { type: 'app_uninstalled' }));
    },
    async goDown() {
      sockets.stop();
      await http.stop();
    },
    async comeBack() {
      sockets.start(await http.start());
    },
    async close() {
      await sockets.close();
      await http.stop();
    },
  };
}
