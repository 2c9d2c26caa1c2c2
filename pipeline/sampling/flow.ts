/**
 * The rectified flow that SD3.5 is trained on: x = sigma * noise + (1 - sigma) * image, sigma from 1 to 0, with
 * time shifted towards the noisy end. ComfyUI's `ModelSamplingDiscreteFlow`.
 */

const f32 = Math.fround;
const TIMESTEPS = 1000;

/** ComfyUI's `time_snr_shift`: 0..1 to 0..1, in double. `shift` > 0; 1 leaves time as it is. */
function shiftTime(shift: number, time: number): number {
  return (shift * time) / (1 + (shift - 1) * time);
}

/** The noise levels of one shift. All sigmas are float32 values. */
export class Flow {
  readonly shift: number;
  /** Sigma of each of the 1000 training timesteps, rising; the last is 1. */
  readonly sigmas: Float32Array;

  /** @param shift > 0; 3 for every SD3.5 model. */
  constructor(shift: number) {
    this.shift = shift;
    this.sigmas = Float32Array.from({ length: TIMESTEPS }, (_, i) => {
      const timestep = f32(f32((i + 1) / TIMESTEPS) * TIMESTEPS);
      return this.sigma(timestep);
    });
  }

  get sigmaMin(): number {
    return this.sigmas[0]!;
  }

  get sigmaMax(): number {
    return this.sigmas[TIMESTEPS - 1]!;
  }

  /** The timestep a sigma stands for, 0..1000, without undoing the shift (as ComfyUI has it: shifted sigma * 1000). */
  timestep(sigma: number): number {
    return f32(sigma * TIMESTEPS);
  }

  /** Sigma at a timestep 0..1000, shifted, in float32 as torch computes it. */
  sigma(timestep: number): number {
    const time = f32(timestep / TIMESTEPS);
    if (this.shift === 1) return time;
    return f32(f32(f32(this.shift) * time) / f32(1 + f32(f32(this.shift - 1) * time)));
  }

  /** Sigma when the given fraction (0..1) of the way from noise to picture is done. Double, as ComfyUI's. */
  percentToSigma(fraction: number): number {
    if (fraction <= 0) return 1;
    if (fraction >= 1) return 0;
    return this.shift === 1 ? 1 - fraction : shiftTime(this.shift, 1 - fraction);
  }
}
