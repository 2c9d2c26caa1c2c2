import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTensor } from '../../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../../../pipeline/weights/write-safetensors.ts';

test('what is written reads back the same, data aligned to eight bytes', () => {
  const tensors = {
    final_latent: {
      data: Float32Array.from([1.5, -0, Math.fround(1e-40), Infinity, 3, 4]),
      shape: [1, 2, 3, 1],
    },
    sigmas: { data: Float32Array.from([1]), shape: [1] },
    scalar: { data: Float32Array.from([7]), shape: [] },
  };
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-write-'));
  try {
    const path = join(folder, 'latents.safetensors');
    const bytes = writeSafetensors(tensors);
    writeFileSync(path, bytes);
    expect(Buffer.from(bytes).readBigUInt64LE() % 8n).toBe(0n);
    const { tensors: stored } = openSafetensors(path);
    expect([...stored.keys()]).toEqual(Object.keys(tensors));
    for (const [name, tensor] of Object.entries(tensors))
      expect(readTensor(stored.get(name)!)).toEqual(tensor);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
