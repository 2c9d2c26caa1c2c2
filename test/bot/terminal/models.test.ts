/** `npm run models` and `npm run doctor`, as commands. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLibrary } from '../../../bot/models/library.ts';
import { examine } from '../../../bot/ops/doctor.ts';
import type { Finding } from '../../../bot/ops/doctor-check.ts';
import { runModels } from '../../../bot/terminal/models.ts';
import { reference } from '../../reference.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-list-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tiny = (name: string) => reference().path('tiny', name);

async function models(argv: readonly string[], env: Record<string, string> = {}) {
  const printed = { stdout: '', stderr: '' };
  const code = await runModels({
    argv,
    env: { MODELS_DIR: folder, ...env },
    folder,
    stdout: { write: (text: string) => (printed.stdout += text) },
    stderr: { write: (text: string) => (printed.stderr += text) },
    fetch: globalThis.fetch,
    signal: new AbortController().signal,
    now: () => 0,
  });
  return { code, ...printed };
}

test('lists every file for what it is and each model with what it lacks', async () => {
  mkdirSync(join(folder, 'Checkpoints'));
  copyFileSync(tiny('tiny_large.safetensors'), join(folder, 'Checkpoints/Whatever.SAFETENSORS'));
  copyFileSync(tiny('tiny_t5xxl.safetensors'), join(folder, 'encoder'));
  writeFileSync(join(folder, 'page.safetensors'), '<!DOCTYPE html><html>');
  const { code, stdout } = await models(['--json']);
  expect(code).toBe(0);
  const { files, models: table } = JSON.parse(stdout);
  expect(files).toMatchObject([
    {
      path: join(folder, 'Checkpoints/Whatever.SAFETENSORS'),
      kind: 'checkpoint',
      type: 'F32',
      serves: ['large', 'whatever'],
    },
    { path: join(folder, 'encoder'), kind: 'text_encoder', what: 'T5 text encoder', type: 'F16' },
    { path: join(folder, 'page.safetensors'), kind: 'web_page', serves: [] },
  ]);
  const large = table.find(({ name }: { name: string }) => name === 'large');
  expect(large).toMatchObject({ usable: false, get: 'npm run models -- pull large' });
  expect(large.missing.join()).toMatch(/CLIP-L.*CLIP-G.*STABILITY_LICENSE_ACCEPTED/);
  expect(table.at(-1)).toMatchObject({ name: 'nano-turbo', usable: true });
  expect((await models([])).stdout).toContain('a web page, not a model');
});

test('a folder with 2,000 files: under 2 s of processor time, one read of each header', () => {
  const names = Array.from(
    { length: 400 },
    (_, i) => `lora_unet_joint_blocks_${i}_x_block_attn_qkv.lora_down.weight`,
  );
  const header = JSON.stringify(
    Object.fromEntries(
      names.map((name, i) => [name, { dtype: 'F16', shape: [1], data_offsets: [2 * i, 2 * i + 2] }]),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  const bytes = Buffer.concat([length, Buffer.from(header), Buffer.alloc(2 * names.length)]);
  for (let i = 0; i < 2000; i++) writeFileSync(join(folder, `${i}.safetensors`), bytes);
  const before = process.cpuUsage();
  const cards = readLibrary({ modelsDir: folder });
  const { user, system } = process.cpuUsage(before);
  expect(cards).toHaveLength(2000);
  expect(cards.every(({ kind }) => kind === 'lora')).toBe(true);
  expect((user + system) / 1e6).toBeLessThan(2);
});

test('check says whether files are whole and every value a number', async () => {
  copyFileSync(tiny('tiny_clip_l.safetensors'), join(folder, 'good.safetensors'));
  const bad = readFileSync(tiny('tiny_clip_l.safetensors'));
  bad.writeUInt16LE(0x7e00, bad.length - 2);
  writeFileSync(join(folder, 'bad.safetensors'), bad);
  const { code, stdout } = await models(['check', 'good.safetensors', 'bad.safetensors', 'absent']);
  expect(code).toBe(1);
  const [good, broken, absent] = stdout.split('\n');
  expect(good).toMatch(/^good\.safetensors: ok: CLIP text encoder .* whole, every value a number$/);
  expect(broken).toMatch(/^bad\.safetensors: fault: .* is infinite or not a number/);
  expect(absent).toBe('absent: fault: there is no such file');
});

test.each([[['pull', 'flux']], [['pull']], [['burn']], [['check']], [['--what']]])(
  '%j is refused in one sentence',
  async (argv) => {
    const { code, stdout, stderr } = await models(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+[.?]\n$/);
  },
);

async function doctor(env: Record<string, string>): Promise<readonly Finding[]> {
  return examine({
    env: { MODELS_DIR: folder, DATA_DIR: join(folder, 'data'), DEVICES: 'cpu', PORT: '0', ...env },
    fetch: globalThis.fetch,
    nodeVersion: process.version,
    tell: () => {},
  });
}
const about = (findings: readonly Finding[], name: string) => findings.find((one) => one.about === name);

test('doctor: a set-up without chats has notes and no fault', async () => {
  const findings = await doctor({});
  expect(findings.filter(({ state }) => state === 'fault')).toEqual([]);
  expect(about(findings, 'Discord')).toMatchObject({ state: 'note' });
  expect(about(findings, 'models')).toMatchObject({
    state: 'ok',
    text: 'nano is used when nobody names a model',
  });
});

test('doctor: tokens are tried by one call each, and never shown', async () => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    if (request.url === '/v10/users/@me') {
      const isRight = request.headers.authorization === 'Bot right.token';
      response.writeHead(isRight ? 200 : 401).end(JSON.stringify({ id: '42', username: 'dark' }));
    } else
      response.setHeader('x-oauth-scopes', 'commands,chat:write').end('{"ok":true,"team":"T","user":"u"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    DISCORD_API_URL: at,
    SLACK_API_URL: at,
    SLACK_BOT_TOKEN: 'xoxb-secret',
    SLACK_APP_TOKEN: 'xapp-secret',
  };
  const right = await doctor({ ...env, DISCORD_TOKEN: 'right.token' });
  expect(about(right, 'Discord')).toMatchObject({
    state: 'ok',
    text: expect.stringContaining('client_id=42'),
  });
  expect(about(right, 'Slack')).toMatchObject({
    state: 'fault',
    text: expect.stringMatching(/lacks .*files:write/),
  });
  const wrong = await doctor({ ...env, DISCORD_TOKEN: 'wrong.token' });
  expect(about(wrong, 'Discord')).toMatchObject({
    state: 'fault',
    text: expect.stringContaining('DISCORD_TOKEN'),
  });
  expect(JSON.stringify([right, wrong])).not.toMatch(/right\.token|wrong\.token|xoxb-secret/);
  expect(calls).toHaveLength(4);
  server.close();
});

test('doctor: what is configured and cannot work is a fault', async () => {
  writeFileSync(join(folder, 'models.json'), '[{"name":"mine","files":{"checkpoint":"absent.safetensors"}}]');
  const findings = await doctor({ REDIS_URL: 'redis://:hidden@127.0.0.1:1', STYLES_FILE: '/no/such.csv' });
  const faults = findings.filter(({ state }) => state === 'fault').map((one) => one.about);
  expect(faults).toEqual(expect.arrayContaining(['Redis', 'STYLES_FILE', 'model mine']));
  expect(JSON.stringify(findings)).not.toContain('hidden@');
  expect(await doctor({ PORT: 'x' })).toContainEqual({
    about: 'settings',
    state: 'fault',
    text: expect.stringContaining('PORT is "x"'),
  });
});
