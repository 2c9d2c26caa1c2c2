/**
 * WebGPU over software Vulkan (SwiftShader, which Debian's chromium brings along): the only device besides the processor
 * that every machine can be tried with.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';

const CHROMIUM = '/usr/lib/chromium';
const DRIVER = path.join(CHROMIUM, 'vk_swiftshader_icd.json');
const isHere = process.platform === 'linux' && existsSync(DRIVER);
const ROOT = path.join(import.meta.dirname, '../../..');

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-webgpu-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The loader and Vulkan read where to look when a process starts. */
function run(
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM };
  const command = ['--import', 'tsx', path.join(ROOT, program), ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

test.skipIf(!isHere)(
  'networks on WebGPU give what the processor gives, and no value comes back in between',
  async () => {
    const { out, err } = await run('test/pipeline/runtime/on-webgpu.ts', [folder]);
    const result = JSON.parse(out || JSON.stringify({ err })) as Record<
      string,
      { error: number; copies: number }
    >;
    expect(result).toEqual({
      transformer: { error: expect.any(Number), copies: 0 },
      vae: { error: expect.any(Number), copies: 0 },
    });
    for (const { error } of Object.values(result)) expect(error).toBeLessThan(1e-5);
  },
);

test.skipIf(!isHere)(
  'npm run imagine -- --device webgpu draws the processor’s picture, although there is no render node',
  async () => {
    const picture = async (device: string) => {
      const file = path.join(folder, `${device}.png`);
      const words = ['a red circle on a blue background', '--model', 'nano-turbo', '--seed', '7'];
      const how = ['--size', '64x64', '--steps', '2', '--device', device, '--out', file];
      const { code, err } = await run('bot/terminal/main.ts', [...words, ...how]);
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`drawing on ${device}`) });
      return sharp(file).removeAlpha().raw().toBuffer();
    };
    const [usual, other] = [await picture('cpu'), await picture('webgpu')];
    const wrong = usual.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0) / usual.length;
    expect(10 * Math.log10(255 ** 2 / wrong)).toBeGreaterThan(40);
  },
  900_000,
);
