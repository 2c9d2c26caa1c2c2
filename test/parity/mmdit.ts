/** Parity of the diffusion transformer: whole passes, guidance, and the inner values of one traced case. */
import { createHash } from 'node:crypto';
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { emitMmdit } from '../../pipeline/graph/mmdit.ts';
import { positionCrop, timestepFrequencies, timestepOf } from '../../pipeline/graph/mmdit-inputs.ts';
import { type Denoiser, openDenoiser } from '../../pipeline/runtime/denoiser.ts';
import { openSession, type Session } from '../../pipeline/runtime/session.ts';
import { detect, takePart } from '../../pipeline/weights/detect.ts';
import type { MmditGeometry, Network } from '../../pipeline/weights/geometry.ts';
import { readGeometryFile } from '../../pipeline/weights/geometry-file.ts';
import { openMmdit } from '../../pipeline/weights/open-model.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import { Findings } from './findings.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';

interface MmditCases {
  cfg_scale: number;
  cases: Record<string, unknown>;
  slg?: { scale: number; layers: number[] };
  pos_embed_crops: { latent_h: number; latent_w: number; top: number; left: number; sha256_f32: string }[];
}

interface RealCrop {
  pos_embed_max_size: number;
  grid_h: number;
  grid_w: number;
  top: number;
  left: number;
}

/** Everything the checks below read from. */
interface Subject {
  readonly reference: Reference;
  readonly network: Network<MmditGeometry>;
  readonly cases: MmditCases;
  readonly findings: Findings;
  has(name: string): boolean;
  tensor(name: string): FloatTensor;
}

export const mmditLarge: ParityGroup = (reference) => mmdit(reference, 'large');
export const mmditMedium: ParityGroup = (reference) => mmdit(reference, 'medium');

async function mmdit(reference: Reference, size: 'large' | 'medium') {
  const file = `mmdit_${size}`;
  if (!reference.has('golden', `${file}.safetensors`)) return [];
  const stored = openSafetensors(reference.path('golden', `${file}.safetensors`)).tensors;
  const all = reference.json<Record<string, unknown>>('golden', 'mmdit.json');
  const subject: Subject = {
    reference,
    network: openTiny(reference, size),
    cases: all[size] as MmditCases,
    findings: new Findings(),
    has: (name) => stored.has(name),
    tensor: (name) => readTensor(stored.get(name)!),
  };
  const denoiser = await openDenoiser(subject.network, { device: 'cpu' });
  const traced = await openSession(emitMmdit(subject.network, { taps: 'all' }), { device: 'cpu' });
  await checkPasses(subject, denoiser);
  await checkGuidance(subject, denoiser);
  await checkInnerValues(subject, traced, [...stored.keys()]);
  await checkTimesteps(subject, traced);
  await checkPositions(subject, traced, all.real_geometry_crops as RealCrop[]);
  await Promise.all([denoiser.release(), traced.release()]);
  return subject.findings.lines(file);
}

/** The transformer of a tiny checkpoint, checked as any user's file is. */
function openTiny(reference: Reference, size: 'large' | 'medium'): Network<MmditGeometry> {
  const set = openTensors(reference.path('tiny', `tiny_${size}.safetensors`));
  const found = detect(set.tensors).find(({ name }) => name === 'mmdit')!;
  return openMmdit(takePart(set, found, 'mmdit'), readGeometryFile(reference.path('tiny', 'config.json')));
}

/** Cases a, b, c: velocity and denoised. */
async function checkPasses({ cases, findings, reference, tensor }: Subject, denoiser: Denoiser) {
  const tolerance = reference.tolerance('mmdit.out');
  for (const name of Object.keys(cases.cases)) {
    const x = tensor(`${name}.in.x`);
    const sigmas = [...tensor(`${name}.in.sigma`).data];
    findings.expect(
      `${name}.timestep`,
      sigmas.map(timestepOf),
      tensor(`${name}.timestep`).data,
      reference.tolerance('mmdit.t_freq'),
    );
    const velocity = await denoiser.velocity(x, sigmas, tensor(`${name}.in.context`), tensor(`${name}.in.y`));
    findings.expect(`${name}.out`, velocity.data, tensor(`${name}.out`).data, tolerance);
    findings.expect(
      `${name}.denoised`,
      denoised(x, sigmas, velocity),
      tensor(`${name}.denoised`).data,
      tolerance,
    );
  }
}

/** cfg and skip-layer guidance; the combination itself is written out here, the passes are ours. */
async function checkGuidance({ cases, findings, reference, tensor, has }: Subject, denoiser: Denoiser) {
  if (!has('cfg.x')) return;
  const tolerance = reference.tolerance('mmdit.cfg_slg');
  const x = tensor('cfg.x');
  const sigmas = [...tensor('cfg.sigma').data];
  const pass = async (side: 'pos' | 'neg', skip?: readonly number[]) =>
    denoised(
      x,
      sigmas,
      await denoiser.velocity(x, sigmas, tensor(`cfg.${side}.context`), tensor(`cfg.${side}.y`), skip),
    );
  const positive = await pass('pos');
  const negative = await pass('neg');
  const guided = positive.map((p, i) => negative[i]! + (p - negative[i]!) * cases.cfg_scale);
  findings.expect('cfg.pos', positive, tensor('cfg.pos').data, tolerance);
  findings.expect('cfg.neg', negative, tensor('cfg.neg').data, tolerance);
  findings.expect('cfg.denoised', guided, tensor('cfg.denoised').data, tolerance);
  findings.expect('cfg.scale_1.denoised', positive, tensor('cfg.scale_1.denoised').data, tolerance);
  if (!cases.slg) return;
  const { layers, scale } = cases.slg;
  const skipped = await pass('pos', layers);
  const pushed = guided.map((g, i) => g + scale * (positive[i]! - skipped[i]!));
  findings.expect('slg.skip', skipped, tensor('slg.skip').data, tolerance);
  findings.expect('slg.denoised_active', pushed, tensor('slg.denoised_active').data, tolerance);
}

/** Case a from inside: every stored tensor that our graph has a value for, and none may be missing. */
async function checkInnerValues(subject: Subject, traced: Session, stored: readonly string[]) {
  const { findings, reference, tensor, has } = subject;
  if (!has('a.in.x')) return;
  const sigmas = [...tensor('a.in.sigma').data];
  const feeds = traceFeeds(
    subject,
    tensor('a.in.x'),
    timestepFrequencies(sigmas.map(timestepOf), frequencies(subject)),
  );
  const values: Record<string, FloatTensor> = await traced.run({
    ...feeds,
    context: tensor('a.in.context'),
    y: tensor('a.in.y'),
  });
  const seen = new Set(['a.out', 'a.denoised', 'a.timestep', 'a.t_freq']);
  findings.expect(
    'a.t_freq',
    feeds.t_freq.data,
    tensor('a.t_freq').data,
    reference.tolerance('mmdit.t_freq'),
  );
  for (const name of stored.filter((key) => key.startsWith('a.') && !key.startsWith('a.in.'))) {
    if (seen.has(name)) continue;
    const value = values[name.slice(2)];
    findings.require(value !== undefined, `${name}: the graph has no such value`);
    if (value)
      findings.expect(name, value.data, tensor(name).data, reference.tolerance('mmdit.intermediate'));
  }
}

/** The timestep embedding for a row of timesteps. */
async function checkTimesteps(subject: Subject, traced: Session) {
  const { findings, reference, tensor, has, network } = subject;
  if (!has('time.timesteps')) return;
  const timesteps = tensor('time.timesteps').data;
  const expected = tensor('time.t_freq');
  const t_freq = timestepFrequencies(timesteps, expected.shape[1]!);
  findings.expect('time.t_freq', t_freq.data, expected.data, reference.tolerance('mmdit.t_freq'));
  const { patchSize } = network.geometry;
  const x = zeros([timesteps.length, network.geometry.latentChannels, patchSize, patchSize]);
  const { t_emb } = await traced.run({ ...traceFeeds(subject, x, t_freq), ...noText(subject, x) });
  findings.expect(
    'time.t_emb',
    t_emb!.data,
    tensor('time.t_emb').data,
    reference.tolerance('mmdit.intermediate'),
  );
}

/** The crop of the position table: its place for tiny and real sizes, its bytes for tiny ones. */
async function checkPositions(subject: Subject, traced: Session, real: readonly RealCrop[]) {
  const { cases, findings, network } = subject;
  const { patchSize, posEmbedMaxSize, latentChannels } = network.geometry;
  for (const { latent_h, latent_w, top, left, sha256_f32 } of cases.pos_embed_crops) {
    const crop = positionCrop(posEmbedMaxSize, latent_h / patchSize, latent_w / patchSize);
    const what = `pos_embed crop of latent ${latent_h}x${latent_w}`;
    findings.require(crop.start[0] === top && crop.start[1] === left, `${what}: starts at ${crop.start}`);
    const x = zeros([1, latentChannels, latent_h, latent_w]);
    const t_freq = timestepFrequencies([0], frequencies(subject));
    const values = await traced.run({ ...traceFeeds(subject, x, t_freq), ...noText(subject, x) });
    const { data } = values.pos_embed_cropped!;
    const sha = createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex');
    findings.require(sha === sha256_f32, `${what}: other values`);
  }
  for (const { pos_embed_max_size, grid_h, grid_w, top, left } of real) {
    const crop = positionCrop(pos_embed_max_size, grid_h, grid_w);
    findings.require(
      crop.start[0] === top && crop.start[1] === left,
      `pos_embed crop ${grid_h}x${grid_w} of ${pos_embed_max_size}: starts at ${crop.start}`,
    );
  }
}

function traceFeeds({ network }: Subject, x: FloatTensor, t_freq: FloatTensor) {
  const { patchSize, posEmbedMaxSize } = network.geometry;
  const crop = positionCrop(posEmbedMaxSize, x.shape[2]! / patchSize, x.shape[3]! / patchSize);
  return {
    x,
    t_freq,
    pos_start: { data: BigInt64Array.from(crop.start, BigInt), shape: [2] },
    pos_end: { data: BigInt64Array.from(crop.end, BigInt), shape: [2] },
  };
}

/** Width of the timestep's sinusoid. */
function frequencies({ network }: Subject): number {
  return network.tensors.get('t_embedder.mlp.0.weight')!.shape[1]!;
}

function noText({ network }: Subject, x: FloatTensor) {
  const batch = x.shape[0]!;
  return {
    context: zeros([batch, 1, network.geometry.contextWidth]),
    y: zeros([batch, network.geometry.pooledWidth]),
  };
}

/** x - sigma * velocity, each picture with its own sigma. */
function denoised(x: FloatTensor, sigmas: readonly number[], velocity: FloatTensor): Float32Array {
  const size = x.data.length / sigmas.length;
  return x.data.map((value, i) => value - sigmas[Math.floor(i / size)]! * velocity.data[i]!);
}

function zeros(shape: readonly number[]): FloatTensor {
  return { data: new Float32Array(shape.reduce((product, side) => product * side, 1)), shape };
}
