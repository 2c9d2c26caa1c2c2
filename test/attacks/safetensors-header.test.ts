import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAX_HEADER_BYTES, MAX_TENSORS } from '../../pipeline/weights/header.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { faultOf } from '../pipeline/weights/fault-of.ts';
import { temporaryFolder } from '../pipeline/weights/folder.ts';
import { headerText, rawSafetensors } from '../pipeline/weights/write-safetensors.ts';

const path = temporaryFolder();
const file = path('hostile.safetensors');

/** What opening a file of these bytes is refused with. */
function refusal(header: string | Uint8Array, dataBytes = 0, claimed?: bigint) {
  writeFileSync(file, rawSafetensors(header, new Uint8Array(dataBytes), claimed));
  const fault = faultOf(() => openSafetensors(file));
  expect(fault.message).toContain(file);
  return fault;
}

/** A header of one tensor "w"; the four bytes of data behind it fit the default. */
function entry(change: Record<string, unknown>): string {
  return headerText([['w', { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change }]]);
}

test('the header used below is sound where it is not changed', () => {
  writeFileSync(file, rawSafetensors(entry({}), new Uint8Array(4)));
  expect(openSafetensors(file).tensors.get('w')?.shape).toEqual([1]);
});

describe('the length before the header', () => {
  test.each([0n, 1n, BigInt(MAX_HEADER_BYTES) + 1n, 2n ** 63n, 2n ** 64n - 1n])('%s', (claimed) => {
    expect(refusal('{}', 0, claimed).code).toBe('weights.header_size');
  });
  test('beyond the end of a file that begins as one should: an unfinished download', () => {
    expect(refusal('{}', 0, 3n).code).toBe('weights.truncated');
  });
  test('a header of more than 25 MB, in a file that is long enough', () => {
    const size = MAX_HEADER_BYTES + 1;
    expect(refusal(`{}${' '.repeat(size - 2)}`).code).toBe('weights.header_size');
  });
  test.each([0, 1, 7])('a file of %s bytes', (size) => {
    writeFileSync(file, new Uint8Array(size));
    expect(faultOf(() => openSafetensors(file)).code).toBe('weights.not_a_model');
  });
  test('a text file, a zip file', () => {
    for (const start of ['hello, I am a model', 'PK\x03\x04 archive/data.pkl']) {
      writeFileSync(file, start);
      expect(faultOf(() => openSafetensors(file)).code).toBe('weights.not_a_model');
    }
  });
});

describe('the text of the header', () => {
  const invalid: readonly [what: string, header: string | Uint8Array][] = [
    ['not UTF-8', Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d)],
    ['overlong UTF-8', Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d)],
    ['a byte order mark', '\ufeff{}'],
    ['spaces before it', '  {}'],
    ['an array', '[1]'],
    ['a string', '"w"'],
    ['cut off', '{"w":{"dtype":"F32"'],
    ['two values', '{}{}'],
    ['zero bytes behind it', '{}\0\0'],
    ['a trailing comma', '{"w":{},}'],
    ['a comment', '{/* */}'],
    ['NaN for a number', '{"w":NaN}'],
    ['one name twice', '{"w":{},"w":{}}'],
    ['one name twice, once in escapes', '{"w":{},"\\u0077":{}}'],
    ['shape twice', '{"w":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}'],
    ['__metadata__ that is a list', '{"__metadata__":[]}'],
    ['__metadata__ of numbers', '{"__metadata__":{"a":1}}'],
    ['__metadata__ of objects', '{"__metadata__":{"a":{"b":"c"}}}'],
    ['nested without end', `{"w":${'['.repeat(200_000)}`],
    ['half a surrogate pair', '{"\\ud800":1}'],
  ];
  test.each(invalid)('%s', (_, header) => {
    expect(refusal(header).code).toBe('weights.header_json');
  });
});

describe('one tensor', () => {
  const wrong: readonly [what: string, change: Record<string, unknown>, code: string][] = [
    ['of an unknown type', { dtype: 'Q4_K' }, 'weights.entry'],
    ['of a type in lower case', { dtype: 'f32' }, 'weights.entry'],
    ['of a type every object has', { dtype: 'constructor' }, 'weights.entry'],
    ['of a type that is a list', { dtype: ['F32'] }, 'weights.entry'],
    ['without a type', { dtype: undefined }, 'weights.entry'],
    ['without a shape', { shape: undefined }, 'weights.entry'],
    ['with a negative side', { shape: [-1] }, 'weights.entry'],
    ['with half a side', { shape: [0.5] }, 'weights.entry'],
    ['with a side as text', { shape: ['1'] }, 'weights.entry'],
    ['with a shape that is a number', { shape: 1 }, 'weights.entry'],
    ['with a side beyond whole numbers', { shape: [2 ** 53] }, 'weights.entry'],
    ['with nine dimensions', { shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }, 'weights.entry'],
    ['with a million dimensions', { shape: Array(1_000_000).fill(1) }, 'weights.entry'],
    ['whose product overflows 64 bits to 4', { shape: [2 ** 32, 2 ** 32 + 1] }, 'weights.length'],
    ['whose product overflows, times zero', { shape: [2 ** 52, 2 ** 52, 0] }, 'weights.length'],
    ['with three offsets', { data_offsets: [0, 2, 4] }, 'weights.entry'],
    ['with one offset', { data_offsets: [4] }, 'weights.entry'],
    ['with offsets the wrong way round', { data_offsets: [4, 0] }, 'weights.entry'],
    ['with a negative offset', { data_offsets: [-4, 0] }, 'weights.entry'],
    ['with offsets that are a text', { data_offsets: '0,4' }, 'weights.entry'],
    ['with offsets that are no numbers', { data_offsets: ['0', '4'] }, 'weights.entry'],
    ['without offsets', { data_offsets: undefined }, 'weights.entry'],
    ['shorter than its shape', { shape: [2] }, 'weights.length'],
    ['longer than its shape', { dtype: 'F16' }, 'weights.length'],
    ['that ends behind the file', { shape: [2], data_offsets: [0, 8] }, 'weights.truncated'],
    ['that lies behind the file', { data_offsets: [2 ** 40, 2 ** 40 + 4] }, 'weights.truncated'],
    ['that leaves a hole before it', { shape: [0], data_offsets: [4, 4] }, 'weights.hole'],
  ];
  test.each(wrong)('%s', (_, change, code) => {
    const fault = refusal(entry(change), 4);
    expect(fault.code).toBe(code);
    if (code !== 'weights.truncated') expect(fault.message).toContain('"w"');
    expect(fault.message.length).toBeLessThan(700);
  });

  test.each(['null', '7', '"F32"', '[]', 'true'])('that is %s', (value) => {
    expect(refusal(`{"w":${value}}`).code).toBe('weights.entry');
  });

  test('with -0 for an offset', () => {
    expect(refusal('{"w":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}}', 4).code).toBe('weights.entry');
  });
});

describe('several tensors', () => {
  const bytes = (name: string, begin: number, end: number) =>
    [name, { dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] }] as const;

  test('that overlap', () => {
    const fault = refusal(headerText([bytes('a', 0, 4), bytes('b', 3, 8)]), 8);
    expect(fault.code).toBe('weights.overlap');
    expect(fault.message).toMatch(/"b" and "a"/);
  });
  test('that are the same bytes', () => {
    expect(refusal(headerText([bytes('a', 0, 4), bytes('b', 0, 4)]), 4).code).toBe('weights.overlap');
  });
  test('one within the other', () => {
    expect(refusal(headerText([bytes('a', 0, 8), bytes('b', 2, 4)]), 8).code).toBe('weights.overlap');
  });
  test('with a hole between them, where something else could hide', () => {
    const fault = refusal(headerText([bytes('a', 0, 4), bytes('b', 5, 8)]), 8);
    expect(fault.code).toBe('weights.hole');
  });
  test('with bytes left over behind them', () => {
    expect(refusal(headerText([bytes('a', 0, 4)]), 5).code).toBe('weights.hole');
  });
  test('with bytes and no tensor at all', () => {
    expect(refusal('{}', 1).code).toBe('weights.hole');
  });
  test('more than anyone needs', () => {
    const names = Array.from({ length: MAX_TENSORS + 1 }, (_, i) => bytes(`t${i}`, 0, 0));
    expect(refusal(headerText(names)).code).toBe('weights.too_many');
  });
});

describe('names', () => {
  test.each(['__proto__', 'constructor', 'toString', '', '../../etc/passwd', 'a\nb\u202e'])(
    '%j is an ordinary name',
    (name) => {
      writeFileSync(
        file,
        rawSafetensors(headerText([[name, { dtype: 'U8', shape: [0], data_offsets: [0, 0] }]])),
      );
      expect([...openSafetensors(file).tensors.keys()]).toEqual([name]);
      expect(Object.prototype).not.toHaveProperty('dtype');
    },
  );

  test('a name of a megabyte and of line breaks stays one short line in a sentence', () => {
    const fault = refusal(headerText([['\n\r'.repeat(500_000), 1]]));
    expect(fault.message.length).toBeLessThan(1500);
  });
});

describe('what is no regular file', () => {
  test('a named pipe does not hang the opening', () => {
    const pipe = path('pipe.safetensors');
    execFileSync('mkfifo', [pipe]);
    expect(faultOf(() => openSafetensors(pipe)).code).toBe('weights.not_a_file');
  });
  test('a device', () => {
    expect(faultOf(() => openSafetensors('/dev/zero')).code).toBe('weights.not_a_file');
  });
  test('a symbolic link to itself', () => {
    symlinkSync(path('loop.safetensors'), path('loop.safetensors'));
    expect(faultOf(() => openSafetensors(path('loop.safetensors'))).code).toBe('weights.unreadable');
  });
});
