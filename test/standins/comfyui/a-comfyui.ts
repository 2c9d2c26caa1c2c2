/** A stand-in with Stable Diffusion 3.5 as its users have it, ended with the test. */
import { onTestFinished } from 'vitest';
import { ComfyStandin } from './comfyui-standin.ts';

export const ENCODERS = ['clip_g.safetensors', 'clip_l.safetensors', 't5xxl_fp8_e4m3fn_scaled.safetensors'];

const TODAY = {
  checkpoints: ['sd3.5_large_turbo.safetensors', 'sdxl/sd_xl_base_1.0.safetensors'],
  diffusion_models: ['sd35/sd3.5_large.safetensors', 'flux1-dev.safetensors'],
  text_encoders: ENCODERS,
  vae: ['ae.safetensors', 'sd3.5_vae.safetensors'],
  loras: ['styles\\ink.safetensors'],
  controlnet: ['sd3.5_large_controlnet_canny.safetensors'],
};
const { diffusion_models: unet, text_encoders: clip, ...rest } = TODAY;

export async function aComfyUi(age: 'today' | 'old' = 'today'): Promise<ComfyStandin> {
  const standin = new ComfyStandin(age === 'today' ? TODAY : { ...rest, unet, clip }, age);
  await standin.start();
  onTestFinished(() => standin.stop());
  return standin;
}
