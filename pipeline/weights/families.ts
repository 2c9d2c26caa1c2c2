/**
 * Files of tensors that are no part of Stable Diffusion 3.5, told by the names in their header: what each is, in words
 * that fit into "FILE is ...", and what to do with it. Names as the programs that write them use; checked in order.
 */
import type { OtherFile } from './signatures.ts';

const NOT_THIS = 'Darkroom draws with Stable Diffusion 3.5 and 3';

type Family = readonly [kind: string, test: RegExp, what: string, advice?: string];

/** Each test sees the names of first blocks (number 0 or none), one a line. */
const FAMILIES: readonly Family[] = [
  [
    'lora',
    /^(lora_(unet|te\d?|transformer)_|lycoris_)|\.(lora_(A|B|down|up)(\.|$)|lora\.(down|up)\.|lokr_w|hada_w|oft_(blocks|diag)|dora_scale|diff_b?$)|\.lora_linear_layer\./m,
    'a LoRA, not a model',
    'use it with --lora, beside a model',
  ],
  [
    'embedding',
    /^(clip_[lg]|t5xxl|emb_params|string_to_param|string_to_token|\*)$/m,
    'a textual inversion (embedding), not a model',
    'these are not read',
  ],
  [
    'controlnet',
    /(^|\.)(controlnet_blocks\.0\.|control_model\.|controlnet_cond_embedding|controlnet_x_embedder|controlnet_mode_embedder|input_hint_block|pos_embed_input\.proj)/m,
    'a ControlNet, not a model',
    'use it with --control-model, beside a model',
  ],
  [
    'nunchaku',
    /\.(wscales|smooth_factor)$/m,
    'a Nunchaku (SVDQuant) file, which needs its own program',
    'take the fp16, bf16, fp8 or GGUF file',
  ],
  ['gptq', /\.(qweight|qzeros)$/m, 'a GPTQ or AWQ file', 'take the fp16, bf16, fp8 or GGUF file'],
  ['animatediff', /motion_modules\./m, 'an AnimateDiff motion module'],
  ['ip_adapter', /^(image_proj|ip_adapter)\./m, 'an IP-Adapter, not a model'],
  ['chroma', /distilled_guidance_layer\./m, 'a Chroma model', NOT_THIS],
  ['flux2', /double_stream_modulation_img\./m, 'a FLUX.2 model', NOT_THIS],
  ['hunyuan_video', /txt_in\.individual_token_refiner\./m, 'a HunyuanVideo model', NOT_THIS],
  [
    'flux',
    /(^|\.)(double_blocks\.0\.img_attn|single_transformer_blocks\.0\.|double_blocks\.0\.img_mod)/m,
    'a FLUX model',
    NOT_THIS,
  ],
  ['hidream', /caption_projection\.0\.linear\./m, 'a HiDream model', NOT_THIS],
  [
    'auraflow',
    /(double_layers\.0\.|cond_seq_linear|joint_transformer_blocks\.0\.)/m,
    'an AuraFlow model',
    NOT_THIS,
  ],
  ['qwen_image', /(^|\.)txt_norm\.weight|transformer_blocks\.0\.img_mlp\./m, 'a Qwen-Image model', NOT_THIS],
  ['lumina', /(cap_embedder\.|cap_refiner|context_refiner\.0\.)/m, 'a Lumina or Z-Image model', NOT_THIS],
  ['wan', /blocks\.0\.cross_attn\.norm_k\b|blocks\.0\.self_attn\.norm_q\b/m, 'a Wan video model', NOT_THIS],
  ['ltx', /(patchify_proj|adaln_single[^\n]*\n[\s\S]*av_ca_)/m, 'an LTX-Video model', NOT_THIS],
  ['cosmos', /(blocks\.block0\.|blocks\.0\.adaln_modulation_cross_attn)/m, 'a Cosmos model', NOT_THIS],
  ['pixart', /(blocks\.0\.scale_shift_table|adaln_single\.)/m, 'a PixArt model', NOT_THIS],
  ['hunyuan_dit', /(mlp_t5\.|text_embedding_padding)/m, 'a Hunyuan-DiT model', NOT_THIS],
  [
    'cogvideo',
    /time_embedding\.linear_1[\s\S]*transformer_blocks\.0\.norm1\.linear/m,
    'a CogVideoX model',
    NOT_THIS,
  ],
  ['mochi', /t5_yproj/m, 'a Mochi video model', NOT_THIS],
  ['cascade', /(clip_txt_mapper|effnet_mapper|clip_txt_pooled_mapper)/m, 'a Stable Cascade model', NOT_THIS],
  ['stable_audio', /(to_timestep_embed|pretransform\.model)/m, 'a Stable Audio model', NOT_THIS],
  ['kandinsky', /(unclip_projection|image_norm\.weight[\s\S]*down_blocks)/m, 'a Kandinsky model', NOT_THIS],
  ['sdxl_refiner', /conditioner\.embedders\.0\.model\.transformer/m, 'an SDXL refiner checkpoint', NOT_THIS],
  [
    'sdxl',
    /(conditioner\.embedders\.|label_emb\.0\.0\.|add_embedding\.linear_)/m,
    'an SDXL checkpoint',
    NOT_THIS,
  ],
  ['sd2', /cond_stage_model\.model\./m, 'a Stable Diffusion 2 checkpoint', NOT_THIS],
  ['sd1', /cond_stage_model\.transformer\./m, 'a Stable Diffusion 1.5 checkpoint', NOT_THIS],
  [
    'unet',
    /(input_blocks\.0\.0\.weight|down_blocks\.0\.resnets\.0\.conv1|down_blocks\.0\.attentions\.0)(?![\s\S]*decoder\.)/m,
    'a diffusion model of Stable Diffusion 1, 2 or XL',
    NOT_THIS,
  ],
  [
    'clip_vision',
    /(^|\.)(vision_model\.embeddings|visual\.(conv1|transformer))/m,
    'a CLIP image encoder, not a text encoder',
  ],
  [
    'llm',
    /(^|\.)(layers\.0\.(self_attn\.q_proj|attention\.wq)|h\.0\.attn\.c_attn|blk\.0\.attn_q)\./m,
    'a language model (Llama, Qwen, Gemma or the like)',
    'Stable Diffusion 3.5 reads prompts with CLIP and T5',
  ],
  [
    'bert',
    /(encoder\.layer\.0\.attention\.self|embeddings\.word_embeddings)/m,
    'a BERT text model',
    'Stable Diffusion 3.5 reads prompts with CLIP and T5',
  ],
  [
    'upscaler',
    /(RRDB_trunk|body\.0\.rdb1|model\.1\.sub\.0|^conv_first\.weight|layers\.0\.residual_group)/m,
    'an upscaler, not a model that draws',
  ],
  [
    'vae_video',
    /(^|\.)(decoder\.(middle\.0|conv1|up_blocks\.0\.resnets\.0\.conv1\.conv)|encoder\.downsamples\.0)\./m,
    'the VAE of a video model',
    NOT_THIS,
  ],
  ['segmentation', /(image_encoder\.blocks\.0|mask_decoder\.)/m, 'a segmentation model'],
  ['hypernetwork', /^(768|320|640|1280)\./m, 'a hypernetwork', 'these are not read'],
];

/** Whose names a text encoder of ours, or what comes with one, has as well. */
const PARTS_LIKE_OURS: ReadonlySet<string> = new Set([
  'llm',
  'bert',
  'clip_vision',
  'upscaler',
  'embedding',
  'hypernetwork',
]);

/** What of a diffusion transformer's name alone tells it: GGUF's `general.architecture`. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  flux: 'a FLUX model',
  sd1: 'a Stable Diffusion 1.5 model',
  sdxl: 'an SDXL model',
  aura: 'an AuraFlow model',
  hidream: 'a HiDream model',
  cosmos: 'a Cosmos model',
  ltxv: 'an LTX-Video model',
  hyvid: 'a HunyuanVideo model',
  wan: 'a Wan video model',
  lumina2: 'a Lumina or Z-Image model',
  qwen_image: 'a Qwen-Image model',
};

/**
 * @param hasParts a part of ours was found in the file: then only whole other models and what changes models count
 * @returns nothing for files that no family claims
 */
export function otherFamily(
  names: Iterable<string>,
  metadata: ReadonlyMap<string, string>,
  hasParts = false,
): OtherFile | undefined {
  const firsts = [...names].filter((name) => !/\.[1-9]\d*\./.test(name)).join('\n');
  for (const [kind, test, what, advice = NOT_THIS] of FAMILIES)
    if (test.test(firsts) && !(hasParts && PARTS_LIKE_OURS.has(kind))) return { kind, what, advice };
  const architecture = ARCHITECTURES[metadata.get('general.architecture') ?? ''];
  return architecture === undefined
    ? undefined
    : { kind: metadata.get('general.architecture')!, what: architecture, advice: NOT_THIS };
}
