/** A set of workflow cases (format: reference2's README) beside the first reference, whose tiny checkpoints they name. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../../pipeline/weights/write-safetensors.ts';
import type { Lookup } from '../../pipeline/workflow/check.ts';
import { openReference, type Reference, type Tolerance } from './reference.ts';

export interface WorkflowCase {
  readonly id: string;
  readonly group: string;
  readonly workflow: string;
  readonly expected: string;
  readonly latent_node: string;
  readonly image_node?: string;
  readonly call_sigmas?: readonly number[];
  readonly positive?: readonly StoredEntry[];
  readonly negative?: readonly StoredEntry[];
  readonly float64_rel_l2?: number;
}

export interface StoredEntry {
  readonly tokens: number;
  readonly context?: string;
  readonly context_norm?: number;
  readonly y?: string;
}

interface ControlNet {
  readonly file: string;
  readonly same_as?: string;
  readonly control_type?: number;
}

interface Index {
  readonly cases: readonly WorkflowCase[];
  readonly loras: readonly unknown[];
  readonly controlnets: readonly ControlNet[];
  readonly tolerances: Readonly<Record<string, Tolerance>>;
}

export interface WorkflowSet {
  readonly index: Index;
  readonly first: Reference;
  /** The set itself. */
  readonly reference: Reference;
  path(...parts: string[]): string;
  has(...parts: string[]): boolean;
  bytes(...parts: string[]): Buffer;
  /** Files by the names in the workflows; those that are not stored are made. */
  readonly lookup: Lookup & { bytes(name: string): Uint8Array };
  close(): void;
}

export function isWorkflowSet(root: string): boolean {
  const path = join(root, 'index.json');
  return existsSync(path) && Array.isArray((JSON.parse(readFileSync(path, 'utf8')) as Partial<Index>).cases);
}

export function openWorkflowSet(root: string, first: Reference): WorkflowSet {
  const path = (...parts: string[]) => join(root, ...parts);
  const index = JSON.parse(readFileSync(path('index.json'), 'utf8')) as Index;
  const made = mkdtempSync(join(tmpdir(), 'darkroom-parity-'));
  const making = new Map<string, () => void>([
    ['tiny_allinone.safetensors', () => makeAllInOne(join(made, 'tiny_allinone.safetensors'), first)],
    ...index.controlnets.flatMap(({ file, same_as, control_type }): [string, () => void][] => {
      const name = file.split('/').at(-1)!;
      if (same_as === undefined) return [];
      return [[name, () => makeControlNet(join(made, name), path(same_as), control_type!)]];
    }),
  ]);
  const fileOf = (name: string): string => {
    const make = making.get(name);
    if (make) {
      if (!existsSync(join(made, name))) make();
      return join(made, name);
    }
    const candidates = [first.path('tiny', name), path('loras', name), path('controlnets', name)];
    const found = candidates.find((candidate) => existsSync(candidate));
    if (found === undefined) throw new Fault('workflow.file', { file: name, folders: candidates });
    return found;
  };
  const pictureOf = (name: string) => {
    const found = path('inputs', name);
    if (!existsSync(found)) throw new Fault('workflow.file', { file: name, folders: [path('inputs')] });
    return readFileSync(found);
  };
  return {
    index,
    first,
    reference: openReference(root),
    path,
    has: (...parts) => existsSync(path(...parts)),
    bytes: (...parts) => readFileSync(path(...parts)),
    lookup: {
      file: (_kind, name) => fileOf(name),
      picture: (name) => void pictureOf(name),
      bytes: pictureOf,
    },
    close: () => rmSync(made, { recursive: true }),
  };
}

/** All tensors of a file as float32. */
export function tensorsIn(path: string): Map<string, FloatTensor> {
  const { tensors } = openSafetensors(path);
  return new Map([...tensors].map(([name, tensor]) => [name, readTensor(tensor)]));
}

function makeAllInOne(path: string, first: Reference): void {
  const encoders = ['clip_l', 'clip_g', 't5xxl'].flatMap((name) =>
    [...tensorsIn(first.path('tiny', `tiny_${name}.safetensors`))].map(
      ([tensor, value]) => [`text_encoders.${name}.transformer.${tensor}`, value] as const,
    ),
  );
  const model = tensorsIn(first.path('tiny', 'tiny_large.safetensors'));
  writeFileSync(path, writeSafetensors(Object.fromEntries([...model, ...encoders])));
}

function makeControlNet(path: string, source: string, type: number): void {
  const tensors = tensorsIn(source).set('control_type', { data: Float32Array.of(type), shape: [1] });
  writeFileSync(path, writeSafetensors(Object.fromEntries(tensors)));
}
