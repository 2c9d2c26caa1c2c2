/** Parity of the VAE: decoding with its inner values, encoding, and the 8-bit picture. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { emitVaeDecoder } from '../../pipeline/graph/vae-decoder.ts';
import { emitVaeEncoder } from '../../pipeline/graph/vae-encoder.ts';
import { toPixels } from '../../pipeline/image/to-pixels.ts';
import { openAutoencoder } from '../../pipeline/runtime/autoencoder.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { detect, takePart } from '../../pipeline/weights/detect.ts';
import type { Network, VaeGeometry } from '../../pipeline/weights/geometry.ts';
import { readGeometryFile } from '../../pipeline/weights/geometry-file.ts';
import { openVae } from '../../pipeline/weights/open-model.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import { bytesWithin, compareBytes } from './compare-bytes.ts';
import { Findings } from './findings.ts';
import { type Golden, openGolden } from './golden.ts';
import type { ParityGroup } from './group.ts';
import type { Reference } from './reference.ts';

const DEVICE = { device: 'cpu' } as const;

/** Small enough that even the tiny pictures are computed in several strips. */
const FEW_PIXELS = 100;

interface VaeCases {
  decode_cases: Record<string, unknown>;
  encode_cases: Record<string, unknown>;
}

interface Subject {
  readonly reference: Reference;
  readonly golden: Golden;
  readonly network: Network<VaeGeometry>;
  readonly findings: Findings;
}

export const vae: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'vae.safetensors')) return [];
  const golden = openGolden(reference, 'vae.safetensors');
  const subject: Subject = { reference, golden, network: openTinyVae(reference), findings: new Findings() };
  const { decode_cases, encode_cases } = reference.json<VaeCases>('golden', 'vae.json');
  for (const name of Object.keys(decode_cases)) await checkDecoding(subject, `dec.${name}`);
  for (const name of Object.keys(encode_cases)) await checkEncoding(subject, `enc.${name}`);
  return subject.findings.lines('vae');
};

/** The VAE inside the Large-style tiny checkpoint. */
export function openTinyVae(reference: Reference): Network<VaeGeometry> {
  const set = openTensors(reference.path('tiny', 'tiny_large.safetensors'));
  const found = detect(set.tensors).find(({ name }) => name === 'vae')!;
  return openVae(takePart(set, found, 'vae'), readGeometryFile(reference.path('tiny', 'config.json')));
}

/** A case as users get it, then its first picture again in many strips with the inner values, where there are any. */
async function checkDecoding({ reference, golden, network, findings }: Subject, name: string) {
  const tolerance = reference.tolerance('vae.decode');
  const latent = golden.tensor(`${name}.in`);
  const autoencoder = openAutoencoder(network, DEVICE);
  const image = await autoencoder.decode(latent);
  await autoencoder.release();
  findings.expect(`${name}.out`, image.data, golden.tensor(`${name}.out`).data, tolerance);
  const bytes = Buffer.concat(Array.from({ length: latent.shape[0]! }, (_, i) => toPixels(image, i).data));
  const difference = compareBytes(bytes, golden.tensor(`${name}.uint8_hwc`).data);
  findings.require(
    bytesWithin(difference, reference.tolerance('vae.uint8')),
    `${name}.uint8_hwc: max_diff ${difference.max_diff}, fraction ${difference.fraction_differing}`,
  );

  const [, , height = 0, width = 0] = latent.shape;
  const traced = await openSession(
    emitVaeDecoder(network, { height, width, taps: 'all', stripPixels: FEW_PIXELS }),
    DEVICE,
  );
  const values: Record<string, FloatTensor> = await traced.run({ latent: firstOf(latent) });
  await traced.release();
  findings.expect(
    `${name}.out in strips`,
    values.image!.data,
    firstOf(golden.tensor(`${name}.out`)).data,
    tolerance,
  );
  const kept = new Set([`${name}.in`, `${name}.out`, `${name}.uint8_hwc`]);
  for (const inner of golden.names.filter((key) => key.startsWith(`${name}.`) && !kept.has(key))) {
    const value = values[inner.slice(name.length + 1)];
    findings.require(value !== undefined, `${inner}: the graph has no such value`);
    if (value) findings.expect(inner, value.data, firstOf(golden.tensor(inner)).data, tolerance);
  }
}

async function checkEncoding({ reference, golden, network, findings }: Subject, name: string) {
  const tolerance = reference.tolerance('vae.encode');
  const bytes = golden.tensor(`${name}.uint8_nchw`);
  const image = { data: bytes.data.map((value) => (value / 255) * 2 - 1), shape: bytes.shape };
  const autoencoder = openAutoencoder(network, DEVICE);
  const latent = await autoencoder.encode(image);
  await autoencoder.release();
  const expected = golden.tensor(`${name}.latent`);
  findings.expect(`${name}.latent`, latent.data, expected.data, tolerance);

  const [, , height = 0, width = 0] = expected.shape;
  const traced = await openSession(
    emitVaeEncoder(network, { height, width, taps: 'all', stripPixels: FEW_PIXELS }),
    DEVICE,
  );
  const values = await traced.run({ image: firstOf(image) });
  await traced.release();
  for (const inner of ['moments', 'mean', 'logvar_clamped', 'latent']) {
    const theirs = firstOf(golden.tensor(`${name}.${inner}`));
    findings.expect(`${name}.${inner} in strips`, values[inner]!.data, theirs.data, tolerance);
  }
}

/** The first picture of a batch. */
function firstOf({ data, shape }: FloatTensor): FloatTensor {
  return { data: data.subarray(0, data.length / shape[0]!), shape: [1, ...shape.slice(1)] };
}
