/** Files that cannot be taken, and what the sentence about each must say. Bytes, or the names and shapes of tensors. */
import type { DType } from '../../../../pipeline/weights/stored-tensor.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

export interface Refused {
  readonly kind: string;
  /** The option that names it; `--checkpoint` where absent. */
  readonly option?: 'vae' | 't5' | 'clipL';
  readonly bytes?: Uint8Array;
  readonly tensors?: Shapes;
  readonly dtype?: DType;
  readonly says: RegExp;
}

const text = (words: string): Uint8Array => Buffer.from(words, 'latin1');
const zip = (name: string) =>
  Buffer.concat([text('PK\x03\x04\x14\0\0\0\0\0'), Buffer.alloc(16), text(name), Buffer.alloc(200)]);
const M = 'model.diffusion_model.';
const VAE: Shapes = {
  'first_stage_model.decoder.mid.block_1.conv1.weight': [8, 8, 3, 3],
  'first_stage_model.decoder.conv_in.weight': [8, 4, 3, 3],
};
const one = (name: string, shape: readonly number[] = [4, 4]): Shapes => ({ [name]: shape });

export const REFUSED: readonly Refused[] = [
  {
    kind: 'a Git LFS pointer',
    bytes: text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 16460379262\n'),
    says: /Git LFS pointer.*git lfs pull/,
  },
  {
    kind: 'a web page',
    bytes: text('<!DOCTYPE html><html><head><title>Access restricted</title></head></html>'),
    says: /a web page, not a model.*login/,
  },
  {
    kind: 'a server’s error as JSON',
    bytes: text('{"error":"Access to model x is restricted. You must be authenticated to access it."}'),
    says: /error message of a server/,
  },
  {
    kind: 'a server’s error as text',
    bytes: text('Invalid username or password.'),
    says: /error message of a server/,
  },
  {
    kind: 'an error of a store as XML',
    bytes: text('<Error><Code>AccessDenied</Code></Error>'),
    says: /error message of a server/,
  },
  { kind: 'an empty file', bytes: new Uint8Array(), says: /is empty/ },
  { kind: 'a file of zeros', bytes: new Uint8Array(10_000), says: /filled with zeros/ },
  {
    kind: 'a PyTorch checkpoint (zip)',
    bytes: zip('archive/data.pkl'),
    says: /PyTorch pickle, which can run code.*convert/,
  },
  {
    kind: 'a PyTorch checkpoint (old pickle)',
    bytes: Buffer.concat([Uint8Array.of(0x80, 2, 0x8a, 10), Buffer.alloc(100)]),
    says: /PyTorch pickle, which can run code.*convert/,
  },
  { kind: 'a NumPy archive', bytes: zip('weights.npy'), says: /NumPy archive/ },
  { kind: 'an HDF5 file', bytes: text(`\x89HDF\r\n\x1a\n${'x'.repeat(99)}`), says: /HDF5/ },
  {
    kind: 'a GGML file of the old form',
    bytes: text(`ggjt\x03\0\0\0${'\0'.repeat(99)}`),
    says: /GGML.*before GGUF/,
  },
  {
    kind: 'a GGUF file without tensors',
    bytes: Buffer.concat([text('GGUF\x03\0\0\0'), Buffer.alloc(4096)]),
    says: /GGUF file .* no tensors/,
  },
  {
    kind: 'a GGUF file of version 1',
    bytes: Buffer.concat([text('GGUF\x01\0\0\0'), Buffer.alloc(100)]),
    says: /its version is 1/,
  },
  {
    kind: 'an ONNX model',
    bytes: Buffer.concat([Uint8Array.of(8, 10, 0x12, 7), text('pytorch'), Buffer.alloc(99)]),
    says: /ONNX model/,
  },
  { kind: 'a TensorRT engine', bytes: text(`ftrt${'x'.repeat(99)}`), says: /TensorRT engine/ },
  {
    kind: 'a TensorFlow Lite model',
    bytes: text(`\x1c\0\0\0TFL3${'x'.repeat(99)}`),
    says: /TensorFlow Lite/,
  },
  { kind: 'a picture', bytes: text(`\x89PNG\r\n\x1a\n${'x'.repeat(99)}`), says: /a picture/ },
  {
    kind: 'a packed archive',
    bytes: text(`7z\xbc\xaf${'x'.repeat(99)}`),
    says: /packed archive; unpack it first/,
  },
  { kind: 'a torrent', bytes: text('d8:announce35:udp://tracker'), says: /a torrent/ },
  { kind: 'a text', bytes: text('hello, I am a model of some kind'), says: /neither safetensors nor GGUF/ },
  {
    kind: 'a Stable Diffusion 1.5 checkpoint',
    tensors: {
      [`${M}input_blocks.0.0.weight`]: [8, 4, 3, 3],
      ...VAE,
      'cond_stage_model.transformer.text_model.embeddings.token_embedding.weight': [9, 8],
    },
    says: /Stable Diffusion 1\.5 checkpoint/,
  },
  {
    kind: 'a Stable Diffusion 2 checkpoint',
    tensors: {
      [`${M}input_blocks.0.0.weight`]: [8, 4, 3, 3],
      ...VAE,
      'cond_stage_model.model.token_embedding.weight': [9, 8],
    },
    says: /Stable Diffusion 2 checkpoint/,
  },
  {
    kind: 'an SDXL checkpoint',
    tensors: {
      [`${M}label_emb.0.0.weight`]: [8, 8],
      ...VAE,
      'conditioner.embedders.1.model.ln_final.weight': [8],
    },
    says: /SDXL checkpoint/,
  },
  {
    kind: 'a UNet in diffusers names',
    tensors: one('down_blocks.0.resnets.0.conv1.weight', [8, 8, 3, 3]),
    says: /Stable Diffusion 1, 2 or XL/,
  },
  { kind: 'a FLUX model', tensors: one('double_blocks.0.img_attn.qkv.weight'), says: /a FLUX model/ },
  {
    kind: 'a FLUX model in diffusers names',
    tensors: {
      'transformer_blocks.0.attn.add_q_proj.weight': [4, 4],
      'single_transformer_blocks.0.attn.to_q.weight': [4, 4],
    },
    says: /a FLUX model/,
  },
  {
    kind: 'a FLUX.2 model',
    tensors: {
      ...one('double_blocks.0.img_attn.qkv.weight'),
      ...one('double_stream_modulation_img.lin.weight'),
    },
    says: /FLUX\.2/,
  },
  {
    kind: 'a Chroma model',
    tensors: {
      ...one('double_blocks.0.img_attn.qkv.weight'),
      ...one('distilled_guidance_layer.in_proj.weight'),
    },
    says: /Chroma/,
  },
  { kind: 'an AuraFlow model', tensors: one('double_layers.0.attn.w1q.weight'), says: /AuraFlow/ },
  { kind: 'a PixArt model', tensors: one('blocks.0.scale_shift_table'), says: /PixArt/ },
  { kind: 'a Hunyuan-DiT model', tensors: one('mlp_t5.0.weight'), says: /Hunyuan-DiT/ },
  {
    kind: 'a HunyuanVideo model',
    tensors: one('txt_in.individual_token_refiner.blocks.0.norm1.weight'),
    says: /HunyuanVideo/,
  },
  { kind: 'a Wan video model', tensors: one('blocks.0.self_attn.norm_q.weight'), says: /Wan video/ },
  { kind: 'a Qwen-Image model', tensors: one('txt_norm.weight', [4]), says: /Qwen-Image/ },
  { kind: 'a Lumina or Z-Image model', tensors: one('cap_embedder.0.weight'), says: /Lumina or Z-Image/ },
  { kind: 'an LTX-Video model', tensors: one('patchify_proj.weight'), says: /LTX-Video/ },
  { kind: 'a HiDream model', tensors: one('caption_projection.0.linear.weight'), says: /HiDream/ },
  { kind: 'a Stable Cascade model', tensors: one('clip_txt_mapper.weight'), says: /Stable Cascade/ },
  {
    kind: 'a LoRA (kohya)',
    tensors: one('lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight'),
    says: /a LoRA.*--lora/,
  },
  {
    kind: 'a LoRA (PEFT, diffusers)',
    tensors: one('transformer.transformer_blocks.0.attn.to_q.lora_A.weight'),
    says: /a LoRA.*--lora/,
  },
  {
    kind: 'a LyCORIS (LoKr)',
    tensors: one('lycoris_joint_blocks_0_x_block_attn_qkv.lokr_w1'),
    says: /a LoRA.*--lora/,
  },
  { kind: 'a textual inversion', tensors: { clip_g: [2, 16], clip_l: [2, 8] }, says: /textual inversion/ },
  {
    kind: 'a ControlNet',
    tensors: {
      'controlnet_blocks.0.weight': [4, 4],
      'transformer_blocks.0.attn.add_q_proj.weight': [4, 4],
      'pos_embed.proj.weight': [4, 16, 2, 2],
    },
    says: /a ControlNet.*--control-model/,
  },
  { kind: 'an IP-Adapter', tensors: one('image_proj.norm.weight', [4]), says: /IP-Adapter/ },
  {
    kind: 'an AnimateDiff motion module',
    tensors: one('down_blocks.0.motion_modules.0.temporal_transformer.norm.weight', [4]),
    says: /AnimateDiff/,
  },
  {
    kind: 'a Nunchaku file',
    tensors: { 'transformer_blocks.0.qkv.qweight': [4, 4], 'transformer_blocks.0.qkv.wscales': [4] },
    says: /Nunchaku/,
  },
  { kind: 'a GPTQ or AWQ file', tensors: one('layers.0.q_proj.qweight'), says: /GPTQ or AWQ/ },
  {
    kind: 'a language model',
    tensors: one('model.layers.0.self_attn.q_proj.weight'),
    says: /a language model/,
  },
  {
    kind: 'a CLIP image encoder',
    tensors: one('vision_model.embeddings.position_embedding.weight'),
    says: /CLIP image encoder/,
  },
  { kind: 'an upscaler', tensors: one('conv_first.weight', [8, 3, 3, 3]), says: /an upscaler/ },
  { kind: 'a BERT', tensors: one('embeddings.word_embeddings.weight'), says: /BERT/ },
  {
    kind: 'TAESD3 as a VAE',
    option: 'vae',
    tensors: { 'taesd_decoder.1.weight': [64, 16, 3, 3], 'taesd_encoder.0.weight': [64, 3, 3, 3] },
    says: /TAESD3, a preview decoder/,
  },
  {
    kind: 'the VAE of Stable Diffusion 1.5 or XL',
    option: 'vae',
    tensors: { 'decoder.mid.block_1.conv1.weight': [8, 8, 3, 3], 'decoder.conv_in.weight': [8, 4, 3, 3] },
    says: /the VAE of Stable Diffusion 1\.5, 2 or XL/,
  },
  {
    kind: 'the VAE of a video model',
    option: 'vae',
    tensors: one('decoder.middle.0.residual.0.gamma', [4]),
    says: /VAE of a video model/,
  },
  {
    kind: 'UMT5 as T5',
    option: 't5',
    tensors: {
      'encoder.block.0.layer.0.SelfAttention.q.weight': [8, 8],
      'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight': [4, 2],
      'shared.weight': [256_384, 8],
    },
    says: /UMT5 text encoder/,
  },
  {
    kind: 'mT5 as T5',
    option: 't5',
    tensors: { 'encoder.block.0.layer.0.SelfAttention.q.weight': [8, 8], 'shared.weight': [250_112, 8] },
    says: /mT5 text encoder/,
  },
  {
    kind: 'T5 1.0 as T5',
    option: 't5',
    tensors: {
      'encoder.block.0.layer.0.SelfAttention.q.weight': [8, 8],
      'encoder.block.0.layer.1.DenseReluDense.wi.weight': [8, 8],
      'shared.weight': [32_128, 8],
    },
    says: /version 1\.0/,
  },
  {
    kind: 'a text encoder as the checkpoint',
    tensors: {
      'text_model.encoder.layers.0.mlp.fc1.weight': [8, 8],
      'text_model.embeddings.token_embedding.weight': [9, 8],
    },
    says: /contains a CLIP text encoder; needed: a diffusion model/,
  },
  {
    kind: 'an NVFP4 file',
    tensors: {
      'joint_blocks.0.context_block.attn.qkv.weight': [8, 4],
      'joint_blocks.0.context_block.attn.qkv.weight_scale': [8, 1],
      'joint_blocks.0.context_block.attn.qkv.weight_scale_2': [],
    },
    says: /NVFP4 file, which needs a Blackwell card/,
  },
  {
    kind: 'an MXFP8 file',
    dtype: 'F8_E8M0',
    tensors: { 'a.weight': [8, 32], 'a.weight_scale': [8, 1] },
    says: /MXFP8 file/,
  },
  {
    kind: 'a bitsandbytes NF4 file without its description',
    dtype: 'U8',
    tensors: { 'a.weight': [8, 1], 'a.weight.quant_state.bitsandbytes__nf4': [9] },
    says: /bitsandbytes NF4 file/,
  },
  {
    kind: 'a file of optimum-quanto in 4 bits',
    dtype: 'U8',
    tensors: { 'a.weight._data': [8, 4], 'a.weight._scale': [8, 1] },
    says: /optimum-quanto/,
  },
  {
    kind: 'tensors of no known model',
    tensors: one('something.weight'),
    says: /no part of a Stable Diffusion 3\.5 model/,
  },
];
