/** Installation in several workspaces by Bolt's own installer, and tokens that rotate. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, type Installation, LogLevel } from '@slack/bolt';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../bot/fake-clock.ts';
import { aClient, aSlack } from './a-slack.ts';

test("Bolt's installer gets tokens for each workspace; their refresh tokens are good for one exchange", async () => {
  const clock = new FakeClock();
  const slack = await aSlack(clock);
  const stored = new Map<string, Installation>();
  const { clientId, clientSecret } = slack.world.app.oauth;
  const receiver = new HTTPReceiver({
    signingSecret: slack.deliveries.signingSecret,
    clientId,
    clientSecret,
    stateSecret: 'a-secret',
    scopes: ['commands'],
    logLevel: LogLevel.ERROR,
    installationStore: {
      storeInstallation: async (one) => void stored.set(one.team!.id, one),
      fetchInstallation: async ({ teamId }) => stored.get(teamId!)!,
    },
    installerOptions: {
      directInstall: true,
      authorizationUrl: `${slack.world.origin}/oauth/v2/authorize`,
      clientOptions: { slackApiUrl: slack.apiUrl },
    },
  });
  const app = new App({ receiver, logLevel: LogLevel.ERROR });
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  onTestFinished(() => app.stop().then(() => {}));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = slack.world.addTeam('Other');
  const people = [slack.person('Anna'), slack.person('Olga', { team: other })];
  for (const person of people) {
    const started = await fetch(`${origin}/slack/install`, { redirect: 'manual' });
    const cookie = started.headers.get('set-cookie')!.split(';')[0]!;
    const callback = slack.agree(
      person.user,
      started.headers.get('location')!,
      `${origin}/slack/oauth_redirect`,
    );
    const done = await fetch(callback, { headers: { cookie } });
    expect(done.status).toBe(200);
  }
  expect([...stored.keys()]).toEqual([slack.world.home.id, other.id]);
  const { bot } = stored.get(other.id)!;
  const client = aClient(slack.apiUrl, bot!.token);
  expect((await client.auth.test()).team).toBe('Other');
  await clock.advance(12 * 60 * 60_000);
  await expect(client.auth.test()).rejects.toMatchObject({ data: { error: 'token_expired' } });
  const refresh = () =>
    client.oauth.v2.access({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: bot!.refreshToken!,
    });
  const next = await refresh();
  expect(next).toMatchObject({ expires_in: 43_200, team: { id: other.id } });
  expect((await aClient(slack.apiUrl, next.access_token!).auth.test()).team_id).toBe(other.id);
  await expect(refresh()).rejects.toMatchObject({ data: { error: 'invalid_refresh_token' } });
});
