/** The transformers of the reference's tiny checkpoints. */
import type { MmditGeometry, Network } from '../../pipeline/weights/geometry.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import type { Reference } from './reference.ts';

interface TinyConfig {
  adm_in_channels: number;
  context_dim: number;
  vae: { z_channels: number };
  mmdit: Record<
    string,
    {
      depth: number;
      hidden_size: number;
      num_heads: number;
      pos_embed_max_size: number;
      x_block_self_attn_layers: number[];
      qk_norm?: string | null;
    }
  >;
}

const PREFIX = 'model.diffusion_model.';

export function tinyMmdit(reference: Reference, size: 'large' | 'medium'): Network<MmditGeometry> {
  const config = reference.json<TinyConfig>('tiny', 'config.json');
  const own = config.mmdit[size]!;
  const { tensors } = openSafetensors(reference.path('tiny', `tiny_${size}.safetensors`));
  return {
    tensors: new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(PREFIX))
        .map(([name, tensor]) => [name.slice(PREFIX.length), tensor]),
    ),
    geometry: {
      depth: own.depth,
      hiddenSize: own.hidden_size,
      heads: own.num_heads,
      posEmbedMaxSize: own.pos_embed_max_size,
      latentChannels: config.vae.z_channels,
      patchSize: 2,
      contextWidth: config.context_dim,
      pooledWidth: config.adm_in_channels,
      qkNorm: own.qk_norm === 'rms' ? 'rms' : 'none',
      dualAttentionBlocks: own.x_block_self_attn_layers,
    },
  };
}
