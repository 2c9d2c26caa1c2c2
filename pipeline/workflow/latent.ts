/**
 * A latent between two nodes. ComfyUI hands on the VAE's own numbers, the networks here take and give the model's:
 * each is made of the other only when somebody asks, so that nothing is rounded on the usual way.
 */
import { elements, type FloatTensor } from '../float-tensor.ts';
import { LATENT_SCALE, LATENT_SHIFT } from '../graph/vae-graph.ts';
import type { Mask } from '../sampling/conditioning.ts';

export class Latent {
  readonly shape: readonly number[];
  /** 1: painted anew, 0: kept (`SetLatentNoiseMask`). Of any size. */
  readonly noiseMask: Mask | undefined;
  /** Which picture of a batch each one was (`LatentFromBatch`), so that it gets that one's noise. */
  readonly batchIndex: readonly number[] | undefined;
  #vae: Float32Array | undefined;
  #model: Float32Array | undefined;

  private constructor(
    shape: readonly number[],
    values: { vae?: Float32Array | undefined; model?: Float32Array | undefined },
    extras: LatentExtras,
  ) {
    this.shape = shape;
    this.#vae = values.vae;
    this.#model = values.model;
    this.noiseMask = extras.noiseMask;
    this.batchIndex = extras.batchIndex;
  }

  /** @param tensor NCHW in model space: (VAE's - shift) * scale */
  static ofModel({ data, shape }: FloatTensor, extras: LatentExtras = {}): Latent {
    return new Latent(shape, { model: data }, extras);
  }

  /** @param tensor NCHW as the VAE gives it */
  static ofVae({ data, shape }: FloatTensor, extras: LatentExtras = {}): Latent {
    return new Latent(shape, { vae: data }, extras);
  }

  /** The same numbers with another mask or index. */
  with(extras: LatentExtras): Latent {
    const { noiseMask, batchIndex } = this;
    return new Latent(
      this.shape,
      { vae: this.#vae, model: this.#model },
      { noiseMask, batchIndex, ...extras },
    );
  }

  /** A latent whose pictures are some of this one's, or in another order. @param arrange only moves numbers */
  mapped(arrange: (data: Float32Array) => FloatTensor, extras: LatentExtras = {}): Latent {
    const [vae, model] = [this.#vae && arrange(this.#vae), this.#model && arrange(this.#model)];
    const { noiseMask, batchIndex } = this;
    return new Latent(
      (vae ?? model)!.shape,
      { vae: vae?.data, model: model?.data },
      { noiseMask, batchIndex, ...extras },
    );
  }

  get vae(): FloatTensor {
    this.#vae ??= this.#model!.map((value) => value / LATENT_SCALE + LATENT_SHIFT);
    return { data: this.#vae, shape: this.shape };
  }

  get model(): FloatTensor {
    this.#model ??= this.#vae!.map((value) => (value - LATENT_SHIFT) * LATENT_SCALE);
    return { data: this.#model, shape: this.shape };
  }

  /**
   * What a sampler starts from: the model's numbers, but nothing (0) for a latent of zeros, which ComfyUI takes for an
   * empty one and does not shift.
   */
  get start(): Float32Array {
    if (this.#vae?.every((value) => value === 0)) return new Float32Array(elements(this.shape));
    return this.model.data;
  }
}

export interface LatentExtras {
  readonly noiseMask?: Mask | undefined;
  readonly batchIndex?: readonly number[] | undefined;
}
