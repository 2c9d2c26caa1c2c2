/** The parts that the VAE's decoder and encoder are made of: vae_impls of the official repository's sd3_impls.py. */
import { allRows, cutRows, type FeatureMap, mapOfStrips, sliceRows } from './feature-map.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { GraphWeights } from './graph-weights.ts';
import { softmaxAttention } from './softmax-attention.ts';

const NORM_EPSILON = 1e-6;

/** What a convolution's output has to do with other maps of its size. */
interface Beside {
  /** Added to it. */
  readonly plus?: FeatureMap;
  /** Each of its strips counts as computed only when the same rows of this one are. */
  readonly after?: FeatureMap;
}

export class VaeBlocks {
  private readonly g: GraphBuilder;
  private readonly weights: GraphWeights;
  private readonly groups: number;
  private readonly stripPixels: number;

  /** @param stripPixels about how many pixels a strip has; strips change the memory needed, not the result. */
  constructor(g: GraphBuilder, weights: GraphWeights, groups: number, stripPixels: number) {
    this.g = g;
    this.weights = weights;
    this.groups = groups;
    this.stripPixels = stripPixels;
  }

  /**
   * 3x3 convolution, zero padding of 1 all round (torch.nn.Conv2d), strip by strip. The rows above and below a
   * strip come from its neighbours, so no border shows.
   */
  convolve(x: FeatureMap, prefix: string, beside: Beside = {}): FeatureMap {
    const plan = (from: number, to: number) => {
      const first = Math.max(from - 1, 0);
      const last = Math.min(to + 1, x.height);
      const pads = [first === from ? 1 : 0, 1, last === to ? 1 : 0, 1];
      return { input: x.rows(first, last), attributes: { kernel_shape: [3, 3], pads } };
    };
    return this.stripwise(prefix, x, plan, beside);
  }

  /** 3x3 convolution of stride 2 that pads on the right and below only (Downsample). */
  downsample(x: FeatureMap, prefix: string): FeatureMap {
    const half = { height: Math.floor(x.height / 2), width: Math.floor(x.width / 2) };
    return this.stripwise(`${prefix}.conv`, half, (from, to) => {
      const last = Math.min(2 * to + 1, x.height);
      const pads = [0, 0, 2 * to + 1 - last, 1];
      return { input: x.rows(2 * from, last), attributes: { kernel_shape: [3, 3], strides: [2, 2], pads } };
    });
  }

  /** Nearest neighbour times 2, then a 3x3 convolution (Upsample). */
  upsample(x: FeatureMap, prefix: string): FeatureMap {
    return this.convolve(this.doubled(x), `${prefix}.conv`);
  }

  /**
   * ResnetBlock: norm, SiLU, convolution, twice, plus the input (through a 1x1 convolution if channels change;
   * that runs beside the first convolution, so that the wider input is not kept until the second).
   */
  residual(x: FeatureMap, prefix: string): FeatureMap {
    const changes = this.weights.has(`${prefix}.nin_shortcut.weight`);
    const shortcut = changes ? this.pointwise(x, `${prefix}.nin_shortcut`) : x;
    const first = this.silu(this.groupNorm(x, `${prefix}.norm1`));
    const inner = this.convolve(first, `${prefix}.conv1`, changes ? { after: shortcut } : {});
    const second = this.silu(this.groupNorm(inner, `${prefix}.norm2`));
    return this.convolve(second, `${prefix}.conv2`, { plus: shortcut });
  }

  /** AttnBlock: one head over all pixels. */
  attention(x: FeatureMap, prefix: string): FeatureMap {
    const { g } = this;
    const normed = this.groupNorm(x, `${prefix}.norm`);
    const [q, k, v] = (['q', 'k', 'v'] as const).map((part) => {
      const image = allRows(this.pointwise(normed, `${prefix}.${part}`));
      const pixels = g.node('Reshape', [image, g.integers([1, x.channels, -1])]);
      return g.node('Transpose', [pixels], { perm: [0, 2, 1] });
    });
    const attended = softmaxAttention(g, [q!, k!, v!], { heads: 1, headSize: x.channels });
    const mixed = g.node('Transpose', [attended], { perm: [0, 2, 1] });
    const image = g.node('Reshape', [mixed, g.integers([1, x.channels, x.height, x.width])]);
    return this.pointwise(this.whole(image, x), `${prefix}.proj_out`, { plus: x });
  }

  /** The final norm, SiLU and convolution that both directions end with. */
  readOut(x: FeatureMap, prefix: string): FeatureMap {
    return this.convolve(this.silu(this.groupNorm(x, `${prefix}.norm_out`)), `${prefix}.conv_out`);
  }

  /** A value that is already there as a map of the given size. */
  whole(value: Value, size: { channels: number; height: number; width: number }): FeatureMap {
    const { channels, height, width } = size;
    return mapOfStrips(this.g, { channels, height, width }, [{ from: 0, to: height, value }]);
  }

  /** 1x1 convolution. */
  private pointwise(x: FeatureMap, prefix: string, beside: Beside = {}): FeatureMap {
    const plan = (from: number, to: number) => ({
      input: x.rows(from, to),
      attributes: { kernel_shape: [1, 1] },
    });
    return this.stripwise(prefix, x, plan, beside);
  }

  /** A convolution's output of the given size; `plan` says what its rows `from` to `to` are computed from. */
  private stripwise(
    prefix: string,
    { height, width }: { height: number; width: number },
    plan: (from: number, to: number) => { input: Value; attributes: Record<string, readonly number[]> },
    { plus, after }: Beside = {},
  ): FeatureMap {
    const { g, weights } = this;
    const bias = weights.float(`${prefix}.bias`);
    let kernel: Value | undefined;
    const strips = cutRows(height, width, this.stripPixels).map(({ from, to }) => {
      const { input, attributes } = plan(from, to);
      kernel ??= weights.kernel(input, `${prefix}.weight`);
      let value = g.node('Conv', [input, kernel, bias], attributes);
      if (plus) value = g.node('Add', [plus.rows(from, to), value]);
      if (after) value = weights.after(after.rows(from, to), value);
      return { from, to, value };
    });
    const channels = weights.shape(`${prefix}.weight`)[0]!;
    return mapOfStrips(g, { channels, height, width }, strips);
  }

  /**
   * torch.nn.GroupNorm over groups of channels and all pixels. The mean comes first and the variance from the
   * deviations, so that nothing cancels; sums of strips are added up, which keeps float32 accurate.
   */
  private groupNorm(x: FeatureMap, prefix: string): FeatureMap {
    const { g, groups, weights } = this;
    const ranges = cutRows(x.height, x.width, this.stripPixels);
    const values = (x.channels / groups) * x.height * x.width;
    const strips = ranges.map(({ from, to }) =>
      g.node('Reshape', [x.rows(from, to), g.integers([groups, -1])]),
    );
    const average = (sums: Value[]) =>
      g.node('Mul', [sums.length === 1 ? sums[0]! : g.node('Sum', sums), g.floats([1 / values])]);

    const mean = average(strips.map((strip) => g.node('ReduceSum', [strip, g.integers([1])])));
    const variance = average(
      strips.map((strip) => {
        const deviations = g.node('Sub', [strip, mean]);
        return g.node('ReduceSumSquare', [deviations, g.integers([1])]);
      }),
    );
    const spread = g.node('Sqrt', [g.node('Add', [variance, g.floats([NORM_EPSILON])])]);

    const perChannel = (perGroup: Value) => {
      const repeated = g.node('Expand', [perGroup, g.integers([groups, x.channels / groups])]);
      return g.node('Reshape', [repeated, g.integers([1, x.channels, 1, 1])]);
    };
    const shape = [1, x.channels, 1, 1];
    const factor = g.node('Div', [weights.float(`${prefix}.weight`, { shape }), perChannel(spread)]);
    const offset = g.node('Sub', [
      weights.float(`${prefix}.bias`, { shape }),
      g.node('Mul', [perChannel(mean), factor]),
    ]);
    return mapped(x, (rows) => g.node('Add', [g.node('Mul', [rows, factor]), offset]));
  }

  private silu(x: FeatureMap): FeatureMap {
    return mapped(x, (rows) => this.g.microsoft('QuickGelu', [rows], { alpha: { float: 1 } }));
  }

  private doubled(x: FeatureMap): FeatureMap {
    const { g } = this;
    return {
      channels: x.channels,
      height: 2 * x.height,
      width: 2 * x.width,
      rows(from, to) {
        const first = Math.floor(from / 2);
        const last = Math.ceil(to / 2);
        const larger = g.node('Resize', [x.rows(first, last), undefined, g.floats([1, 1, 2, 2], [4])], {
          mode: 'nearest',
          coordinate_transformation_mode: 'asymmetric',
          nearest_mode: 'floor',
        });
        return sliceRows(g, larger, { from: 2 * first, to: 2 * last }, from, to);
      },
    };
  }
}

/** The map whose every row is made from the same row of `x`. */
function mapped(x: FeatureMap, make: (rows: Value) => Value): FeatureMap {
  const { channels, height, width } = x;
  return { channels, height, width, rows: (from, to) => make(x.rows(from, to)) };
}
