/** Parity of the element types: every float8 code, samples of F16 and BF16, and rounding to F16. */
import { decode, encodeF16 } from '../../pipeline/weights/dtypes.ts';
import type { ParityGroup } from './group.ts';

/** JSON has no NaN and no infinity: they stand as strings. */
type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';
type Samples = readonly (readonly [bits: number, value: JsonNumber])[];

interface DtypesFile {
  readonly F8_E4M3: readonly JsonNumber[];
  readonly F8_E5M2: readonly JsonNumber[];
  readonly F16: Samples;
  readonly BF16: Samples;
  readonly F32_to_F16_round_to_nearest_even: readonly (readonly [value: JsonNumber, bits: number])[];
}

export const dtypes: ParityGroup = async (reference) => {
  if (!reference.has('golden', 'dtypes.json')) return [];
  const golden = reference.json<DtypesFile>('golden', 'dtypes.json');
  const wrong: string[] = [];
  const expect = (what: string, ours: number, theirs: JsonNumber) => {
    if (!Object.is(ours, Number(theirs))) wrong.push(`${what}: ${ours}, not ${theirs}`);
  };

  for (const dtype of ['F8_E4M3', 'F8_E5M2'] as const) {
    const ours = decode(
      dtype,
      Uint8Array.from(golden[dtype], (_, code) => code),
    );
    for (const [code, theirs] of golden[dtype].entries()) expect(`${dtype} ${code}`, ours[code]!, theirs);
  }
  for (const dtype of ['F16', 'BF16'] as const)
    for (const [bits, theirs] of golden[dtype])
      expect(`${dtype} ${bits}`, decode(dtype, Uint8Array.of(bits & 255, bits >> 8))[0]!, theirs);
  for (const [value, bits] of golden.F32_to_F16_round_to_nearest_even)
    expect(`${value} as F16`, encodeF16(Float32Array.of(Number(value)))[0]!, bits);

  const exact = wrong.length === 0;
  return [
    {
      name: 'dtypes',
      status: exact ? 'pass' : 'fail',
      figures: { exact },
      ...(exact ? {} : { note: wrong[0]! }),
    },
  ];
};
