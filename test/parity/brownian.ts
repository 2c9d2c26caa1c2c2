/** Parity of the Brownian tree: the seeds that it derives, and the noise over the intervals that samplers ask for. */
import { seedSequence } from '../../pipeline/sampling/seed-sequence.ts';
import { brownianNoise } from '../../pipeline/sampling/step-noise.ts';
import { Findings } from './findings.ts';
import { openTensors } from './golden.ts';
import type { ParityGroup } from './group.ts';
import type { Tolerance } from './reference.ts';

interface Expected {
  seeds: {
    seed: number;
    top_state: number[];
    nodes: { spawn_key: number[]; state: number[] }[];
  }[];
  runs: { key: string; seed: number; sigma_min: number; sigma_max: number; calls: [number, number][] }[];
}

const POOL_SIZE = 24;

export const brownian: ParityGroup = async (reference) => {
  if (!reference.has('brownian.json')) return [];
  const { seeds, runs } = reference.json<Expected>('brownian.json');
  const { tolerances } = reference.json<{ tolerances: Record<string, Tolerance> }>('index.json');
  const golden = openTensors(reference, 'brownian.safetensors');
  const findings = new Findings();
  for (const { seed, top_state, nodes } of seeds) {
    for (const { spawn_key, state } of [{ spawn_key: [], state: top_state }, ...nodes]) {
      const ours = seedSequence(seed, spawn_key, POOL_SIZE, state.length);
      findings.require(`${ours}` === `${state}`, `seed ${seed}, spawn key ${spawn_key}: other state`);
    }
  }
  for (const { key, seed, sigma_min, sigma_max, calls } of runs) {
    const theirs = golden.tensor(key).data;
    const noise = brownianNoise(seed, theirs.length / calls.length, Float32Array.of(sigma_max, sigma_min, 0));
    const ours = calls.flatMap(([from, to]) => [...noise(from, to)]);
    findings.expect(key, ours, theirs, tolerances.brownian!);
  }
  return findings.lines('brownian');
};
