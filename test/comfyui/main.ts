/**
 * `npx tsx test/comfyui/main.ts`: tries a real ComfyUI as Darkroom uses it, and prints what held; exit 1 where something did
 * not. Either one that runs (`COMFYUI_TEST_URL=http://host:8188`), with nobody else's prompts in its history; or one that is
 * started from a checkout (`COMFYUI_TEST_DIR`, with `COMFYUI_PYTHON`, on the processor) with the models of
 * `COMFYUI_TEST_MODELS`, a folder laid out as ComfyUI's `models`. `COMFYUI_TEST_SIDE` is the pictures' side (256).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../bot/devices/remote/redis-process.ts';
import { checkServer } from './check-server.ts';

const { env } = process;
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-comfyui-'));
let server: ChildProcess | undefined;

/** @returns its address, once it answers */
async function startServer(checkout: string): Promise<string> {
  const port = await freePort();
  const kinds = ['checkpoints', 'diffusion_models', 'text_encoders', 'vae', 'loras', 'controlnet'];
  const config = path.join(folder, 'models.yaml');
  const models = path.resolve(env.COMFYUI_TEST_MODELS ?? path.join(checkout, 'models'));
  const lines = kinds.map((kind) => `  ${kind}: ${kind}/\n`).join('');
  writeFileSync(config, `darkroom:\n  base_path: ${JSON.stringify(models)}\n${lines}`);
  const place = ['--listen', '127.0.0.1', '--port', String(port), '--output-directory', folder];
  const how = ['--cpu', '--preview-method', 'latent2rgb', '--extra-model-paths-config', config];
  const started = spawn(env.COMFYUI_PYTHON ?? 'python3', ['main.py', ...how, ...place], {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  server = started;
  const address = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${address}/queue`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (started.exitCode !== null) throw new Error(`ComfyUI ended with ${started.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return address;
}

const { COMFYUI_TEST_URL: url, COMFYUI_TEST_DIR: checkout } = env;
if (url === undefined && checkout === undefined) throw new Error('set COMFYUI_TEST_URL or COMFYUI_TEST_DIR');
try {
  const address = url?.replace(/\/$/, '') ?? (await startServer(checkout!));
  const isWell = await checkServer(address, Number(env.COMFYUI_TEST_SIDE ?? 256), ({ what, ok, detail }) =>
    console.log(`${ok ? 'ok   ' : 'FAULT'} ${what}${detail === '' ? '' : `: ${detail}`}`),
  );
  process.exitCode = isWell ? 0 : 1;
} finally {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
}
