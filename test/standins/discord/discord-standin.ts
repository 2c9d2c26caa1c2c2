/**
 * A server that behaves like Discord towards a bot, on this machine: REST, gateway and people. It keeps everything
 * that was asked of it, and fails in the ways Discord fails.
 */
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { Gateway } from './gateway.ts';
import { HttpServer } from './http-server.ts';
import { Person } from './person.ts';
import type { Interaction, Message, User } from './shapes.ts';
import { World } from './world.ts';

export const TOKEN = 'MTAwMDAwMDAwMDAwMDAwMDAw.standin.a-token-of-a-bot';

export interface DiscordStandin {
  readonly world: World;
  readonly http: HttpServer;
  readonly gateway: Gateway;
  readonly token: string;
  /** For `DISCORD_API_URL`. */
  readonly apiUrl: string;
  person(name: string, options?: Partial<Omit<User, 'username' | 'bot'>>): Person;
  /** The message that answers an interaction, as soon as it is what is looked for. */
  answerTo(interaction: Interaction, is?: (message: Message) => boolean, ms?: number): Promise<Message>;
  /** Neither REST nor gateway answer. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** @param clock decides about deadlines, tokens' lives and rate limits */
export async function openDiscordStandin(clock: Clock = systemClock): Promise<DiscordStandin> {
  const world = new World(clock);
  const http = new HttpServer(world, clock);
  const gateway = new Gateway(world);
  http.token = gateway.token = TOKEN;
  http.gatewayInfo = () => ({
    url: gateway.url,
    shards: gateway.shards,
    session_start_limit: { total: 1000, remaining: 999, reset_after: 86_400_000, max_concurrency: 16 },
  });
  gateway.start(await http.start());
  return {
    world,
    http,
    gateway,
    token: TOKEN,
    apiUrl: `${http.origin}/api`,
    person: (name, options = {}) => new Person(world.addUser(name, options), world, gateway),
    answerTo: (interaction, is = () => true, ms = 10_000) =>
      world.until(() => {
        const found = world.messages.findLast(({ token }) => token === interaction.token);
        return found !== undefined && is(found) && found;
      }, ms),
    async goDown() {
      gateway.stop();
      await http.stop();
    },
    async comeBack() {
      gateway.start(await http.start());
    },
    async close() {
      gateway.stop();
      await http.stop();
    },
  };
}
