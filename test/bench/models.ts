/** `npm run models` on a folder with 2,000 files, most of them as big in their headers as a LoRA: the wall's clock, npm and all. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { atMost, type BenchPart, median } from './figure.ts';

const FILES = 2000;
const TENSORS = 400;
const ROUNDS = 5;
/** Seconds. */
const LIMIT = 2;

export const models: BenchPart = async (folder, say) => {
  const modelsDir = path.join(folder, 'many-files');
  fill(modelsDir);
  say(`npm run models on ${FILES} files`);
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now();
    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'models', '--', '--json'], {
      env: {
        ...process.env,
        MODELS_DIR: modelsDir,
        COMFYUI_DIR: '',
        HF_HUB_CACHE: path.join(folder, 'none'),
      },
      shell: process.platform === 'win32',
      maxBuffer: 2 ** 26,
    });
    const seconds = (performance.now() - begun) / 1000;
    if (status !== 0) throw new Error(`npm run models ended with ${status}`);
    const { files } = JSON.parse(String(stdout)) as { files: unknown[] };
    if (files.length !== FILES) throw new Error(`${files.length} files were listed`);
    return seconds;
  });
  return {
    models_2000_files: atMost(median(times), 's', LIMIT, { files: FILES, tensors_a_file: TENSORS, times }),
  };
};

/** LoRA files, and one in a hundred a transformer. */
function fill(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < FILES; i++) {
    const names = Array.from({ length: TENSORS }, (_, j) =>
      i % 100 === 0
        ? `joint_blocks.${j}.context_block.attn.qkv.weight`
        : `lora_unet_joint_blocks_${j}_x_block_attn_qkv.lora_down.weight`,
    );
    const entries = names.map((name, j) => [
      name,
      { dtype: 'F16', shape: [1], data_offsets: [2 * j, 2 * j + 2] },
    ]);
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(
      path.join(folder, `${i}.safetensors`),
      Buffer.concat([length, header, Buffer.alloc(2 * TENSORS)]),
    );
  }
}
