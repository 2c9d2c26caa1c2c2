/**
 * Makes `test/reference` from a full set of reference data: `tsx test/parity/keep-reference.ts SOURCE`. Files are compressed;
 * of the text encoders' token tables only the rows that the recorded prompts use are kept, the others are zero.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';

const source = process.argv[2];
if (source === undefined) throw new Error('usage: tsx test/parity/keep-reference.ts SOURCE');
const here = join(import.meta.dirname, '../reference');

/** Vocabularies are large and others'; of the whole runs these show each path once. */
const LEFT_OUT = [
  /^vocab\//,
  /tiny_large_fp16/,
  /txt2img\/(large_euler|large_dpmpp_2m_official|large_fp16_weights|img2img_official)\./,
];

const TABLES = [
  'text_model.embeddings.token_embedding.weight',
  'shared.weight',
  'encoder.embed_tokens.weight',
];

interface Tokens {
  prompts: { comfy: Record<'l' | 'g' | 't5xxl', { ids: number[] }[]> }[];
}
const { prompts } = JSON.parse(readFileSync(join(source, 'golden/tokens.json'), 'utf8')) as Tokens;
const used = new Set(
  prompts.flatMap(({ comfy }) => Object.values(comfy).flatMap((chunks) => chunks.flatMap(({ ids }) => ids))),
);

for (const name of ['golden', 'inventory', 'tiny'])
  rmSync(join(here, name), { recursive: true, force: true });
let total = 0;
for (const path of filesUnder(source)) {
  const name = relative(source, path);
  if (!name.includes('/') || LEFT_OUT.some((pattern) => pattern.test(name))) continue;
  const target = join(here, `${name}.gz`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(
    target,
    gzipSync(name.startsWith('tiny/') ? withoutUnusedRows(path) : readFileSync(path), { level: 9 }),
  );
  total += statSync(target).size;
}
process.stdout.write(`${(total / 1e6).toFixed(1)} MB\n`);

function withoutUnusedRows(path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (!path.endsWith('.safetensors')) return bytes;
  for (const tensor of openSafetensors(path).tensors.values()) {
    if (!TABLES.includes(tensor.name)) continue;
    const [range] = tensor.ranges;
    const row = range!.length / tensor.shape[0]!;
    for (let id = 0; id < tensor.shape[0]!; id++)
      if (!used.has(id)) bytes.fill(0, range!.offset + id * row, range!.offset + (id + 1) * row);
  }
  return bytes;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
