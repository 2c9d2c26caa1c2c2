/** The stand-in for tests of itself: ended with the test, with Slack's own client and a picture to send. */
import { webApi } from '@slack/bolt';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../bot/time/clock.ts';
import { openSlackStandin, type SlackStandin } from './index.ts';

export async function aSlack(clock: Clock = systemClock): Promise<SlackStandin> {
  const slack = await openSlackStandin(clock);
  onTestFinished(() => slack.close());
  return slack;
}

/** Slack's client, which tries nothing twice. */
export function aClient(url: string, token: string): webApi.WebClient {
  return new webApi.WebClient(token, {
    slackApiUrl: url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: webApi.LogLevel.ERROR,
    // Refusals are what these tests look for: Slack's client would print each.
    logger: silent,
  });
}

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => webApi.LogLevel.ERROR,
  setName() {},
};

export function aPng(): Promise<Buffer> {
  const background = { r: 200, g: 30, b: 30 };
  return sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Uploads a picture without sharing it. @returns its id */
export async function upload(client: webApi.WebClient, name = 'fox.png'): Promise<string> {
  const file = await aPng();
  const { upload_url, file_id } = await client.files.getUploadURLExternal({
    filename: name,
    length: file.length,
  });
  const form = new FormData();
  form.append('body', new Blob([new Uint8Array(file)]), name);
  const sent = await fetch(upload_url!, { method: 'POST', body: form });
  if (sent.status !== 200) throw new Error(`upload: ${sent.status}`);
  await client.files.completeUploadExternal({ files: [{ id: file_id!, title: name }] });
  return file_id!;
}
