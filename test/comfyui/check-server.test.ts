/** The script for real servers, on the stand-in: a script that was never run is none. */
import { expect, test } from 'vitest';
import { aComfyUi } from '../standins/comfyui/a-comfyui.ts';
import { type Check, checkServer } from './check-server.ts';

test.each(['today', 'old'] as const)('every check holds on a server as it should be (%s)', async (age) => {
  const standin = await aComfyUi(age);
  const checks: Check[] = [];
  expect(await checkServer(standin.address, 64, (check) => checks.push(check))).toBe(true);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.length).toBeGreaterThan(8);
});

test('a server without text encoders does not pass', async () => {
  const standin = await aComfyUi();
  standin.files = { ...standin.files, text_encoders: [] };
  expect(await checkServer(standin.address, 64, () => {})).toBe(false);
});
