import { expect, it } from 'vitest';
import { emitT5 } from '../../../pipeline/graph/t5.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { relativeBuckets } from '../../../pipeline/text/t5-buckets.ts';
import { tinyNetworks } from '../tiny-networks.ts';

const { t5xxl } = tinyNetworks();

it('gives the same encoding however small the pieces that weights are widened in', async () => {
  const length = 9;
  const ids = BigInt64Array.from({ length }, (_, i) => BigInt(i * 31 + 2));
  const { relativeBuckets: buckets, relativeMaxDistance, hiddenSize } = t5xxl.geometry;
  const feeds = {
    ids: { data: ids, shape: [1, length] },
    buckets: {
      data: BigInt64Array.from(relativeBuckets(length, buckets, relativeMaxDistance), BigInt),
      shape: [length, length],
    },
  };
  const encode = async (pieceElements: number) => {
    const session = await openSession(emitT5(t5xxl, { pieceElements }), { device: 'cpu' });
    const { hidden } = await session.run(feeds);
    await session.release();
    return hidden!.data;
  };
  const whole = await encode(2 ** 24);
  for (const pieceElements of [7 * hiddenSize, 2 * hiddenSize]) {
    const inPieces = await encode(pieceElements);
    expect(Math.max(...inPieces.map((value, i) => Math.abs(value - whole[i]!)))).toBeLessThan(1e-5);
  }
});
