"""The four networks of a nano Stable Diffusion 3.5, in the official arithmetic and with the official tensor names.

MMDiT (Large topology), CLIP-L, CLIP-G, T5 and the 16-channel VAE. Nothing here is a copy of another
implementation; the parameter names are those of the public single-file checkpoints, so the exported files
load wherever the real ones do (given the head counts and group counts of geometry.json).
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

LATENT_SCALE, LATENT_SHIFT = 1.5305, 0.0609

GEOMETRY = dict(
    depth=4,              # official models have width = 64 * depth; the tensors' shapes say both, and heads are 64 wide
    width=192,
    pos_size=24,          # stored position table is pos_size x pos_size patches (384 x 384 pixels)
    clip_l=dict(width=64, heads=2, layers=2),
    clip_g=dict(width=96, heads=3, layers=2),
    t5=dict(width=192, heads=3, layers=2, ff=384),
    clip_positions=24,
    t5_length=24,
    vae_channels=16,
    vae_mult=(1, 2, 4, 4),
    vae_groups=4,
)


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def tanh_gelu(x):
    return F.gelu(x, approximate="tanh")


class Mlp(nn.Module):
    def __init__(self, width, hidden, activation):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.activation = activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


# ---------------------------------------------------------------------------------------------- MMDiT

class HeadNorm(nn.Module):
    """RMS norm of each 64-wide head of the queries and keys."""

    def __init__(self, width=64):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        scale = torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6)
        return (x * scale).to(x.dtype) * self.weight.to(x.dtype)


class StreamAttention(nn.Module):
    def __init__(self, width, last):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.ln_q = HeadNorm()
        self.ln_k = HeadNorm()
        if not last:
            self.proj = nn.Linear(width, width)

    def heads(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, width // 64, 64).unbind(2)
        return self.ln_q(q), self.ln_k(k), v


def modulated_norm(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


class StreamBlock(nn.Module):
    """One stream (text or image) of a joint block. The last text block only supplies queries, keys, values."""

    def __init__(self, width, last=False):
        super().__init__()
        self.parts = 2 if last else 6
        self.attn = StreamAttention(width, last)
        if not last:
            self.mlp = Mlp(width, 4 * width, tanh_gelu)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, self.parts * width))

    def modulation(self, conditioning):
        # `conditioning` has been through SiLU already
        return self.adaLN_modulation[1](conditioning).unsqueeze(1).chunk(self.parts, -1)

    def finish(self, x, attended, parts):
        x = x + parts[2] * self.attn.proj(attended)
        return x + parts[5] * self.mlp(modulated_norm(x, parts[3], parts[4]))


class JointBlock(nn.Module):
    def __init__(self, width, last):
        super().__init__()
        self.last = last
        self.context_block = StreamBlock(width, last)
        self.x_block = StreamBlock(width)

    def forward(self, context, x, conditioning, bias=None):
        context_parts = self.context_block.modulation(conditioning)
        x_parts = self.x_block.modulation(conditioning)
        text = self.context_block.attn.heads(modulated_norm(context, context_parts[0], context_parts[1]))
        image = self.x_block.attn.heads(modulated_norm(x, x_parts[0], x_parts[1]))
        q, k, v = [torch.cat(pair, 1).transpose(1, 2) for pair in zip(text, image)]
        if q.dtype == torch.bfloat16 and not q.is_cuda:        # written out: faster than the fused kernel for bfloat16 on a CPU
            scores = (q * 0.125) @ k.transpose(-1, -2)
            out = (scores if bias is None else scores + bias).softmax(-1).to(v.dtype) @ v
        else:
            out = F.scaled_dot_product_attention(q, k, v.to(q.dtype), attn_mask=None if bias is None else bias.to(q.dtype))
        out = out.transpose(1, 2).flatten(2)
        words = context.shape[1]
        x = self.x_block.finish(x, out[:, words:], x_parts)
        if self.last:
            return None, x
        return self.context_block.finish(context, out[:, :words], context_parts), x


class Embedder(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, x):
        return self.mlp(x)


class FinalLayer(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.linear = nn.Linear(width, outputs)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))


def position_table(width, size, slowest=0.06, fastest=2.2):
    """Sine and cosine of the patch's column and row. All frequencies matter on a small grid (the usual base of
    10000 leaves most of them constant there). The table is an ordinary trained tensor of the checkpoint."""
    count = width // 4
    frequency = slowest * (fastest / slowest) ** (torch.arange(count - 1, -1, -1) / (count - 1.0))
    place = torch.arange(size) - (size - 1) / 2

    def waves(p):
        angle = p.reshape(-1, 1) * frequency
        return torch.cat([angle.sin(), angle.cos()], 1)

    row, column = torch.meshgrid(place, place, indexing="ij")
    return torch.cat([waves(column), waves(row)], 1)[None]


class MMDiT(nn.Module):
    def __init__(self, depth, width, context_width, pooled_width, pos_size):
        super().__init__()
        self.width, self.pos_size = width, pos_size
        self.pos_embed = nn.Parameter(position_table(width, pos_size))
        self.x_embedder = nn.Module()
        self.x_embedder.proj = nn.Conv2d(16, width, 2, 2)
        self.t_embedder = Embedder(256, width)
        self.y_embedder = Embedder(pooled_width, width)
        self.context_embedder = nn.Linear(context_width, width)
        self.joint_blocks = nn.ModuleList(JointBlock(width, i == depth - 1) for i in range(depth))
        self.final_layer = FinalLayer(width, 64)
        self.register_buffer("frequency", torch.exp(-math.log(10000) * torch.arange(128) / 128), persistent=False)
        self.initialise()

    def initialise(self):
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
            if name.endswith("adaLN_modulation.1"):
                nn.init.zeros_(module.weight)
        nn.init.xavier_uniform_(self.x_embedder.proj.weight.view(self.width, -1))
        nn.init.zeros_(self.x_embedder.proj.bias)
        for embedder in (self.t_embedder, self.y_embedder):
            nn.init.normal_(embedder.mlp[0].weight, std=0.02)
            nn.init.normal_(embedder.mlp[2].weight, std=0.02)
        nn.init.zeros_(self.final_layer.linear.weight)

    @staticmethod
    def patches(latent):
        """[n, 16, H, W] -> [n, H/2 * W/2, 64], the channel slowest."""
        batch, channels, height, width = latent.shape
        x = latent.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        return x.reshape(batch, height // 2 * (width // 2), 4 * channels)

    def places(self, rows, columns):
        """The middle of the position table: [1, rows * columns, width]."""
        top, left = (self.pos_size - rows) // 2, (self.pos_size - columns) // 2
        table = self.pos_embed.view(1, self.pos_size, self.pos_size, -1)
        return table[:, top:top + rows, left:left + columns].reshape(1, rows * columns, -1)

    def time(self, sigma):
        """[n, width]: the embedded times of noise levels [n]."""
        angle = sigma[:, None] * 1000 * self.frequency[None]
        return self.t_embedder(torch.cat([angle.cos(), angle.sin()], -1))

    def tokens(self, patches, places, sigma, context, pooled, bias=None):
        """Velocity of patches [n, count, 64] (channel slowest); any subset of a picture's patches will do.

        `bias`: logarithm of how many tokens each stands for, [n, 1, 1, words + count]: without it, words weigh more among few patches
        than among all, and a model that learnt so paints too faintly when it is given whole pictures.
        """
        projection = self.x_embedder.proj
        x = F.linear(patches, projection.weight.reshape(self.width, -1), projection.bias) + places
        conditioning = F.silu(self.time(sigma) + self.y_embedder(pooled))
        context = self.context_embedder(context)
        for block in self.joint_blocks:
            context, x = block(context, x, conditioning, bias)
        shift, scale = self.final_layer.adaLN_modulation[1](conditioning).unsqueeze(1).chunk(2, -1)
        x = self.final_layer.linear(modulated_norm(x, shift, scale)).float()
        return x.unflatten(2, (4, -1)).transpose(2, 3).flatten(2)         # the official order has the channel fastest

    def forward(self, latent, sigma, context, pooled):
        """Velocity of latents [n, 16, H, W]."""
        batch, channels, height, width = latent.shape
        x = self.tokens(self.patches(latent), self.places(height // 2, width // 2), sigma, context, pooled)
        return x.reshape(batch, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(latent.shape)


# ---------------------------------------------------------------------------------------------- text encoders

def attention(q, k, v, heads, mask=None, causal=False, scale=None):
    batch, length, width = q.shape
    q, k, v = [t.reshape(batch, length, heads, width // heads).transpose(1, 2) for t in (q, k, v)]
    if mask is not None:
        mask = mask.to(q.dtype)
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal, scale=scale)
    return out.transpose(1, 2).reshape(batch, length, width)


class ClipLayer(nn.Module):
    def __init__(self, width, heads, activation):
        super().__init__()
        self.heads = heads
        self.layer_norm1 = nn.LayerNorm(width)
        self.layer_norm2 = nn.LayerNorm(width)
        self.self_attn = nn.Module()
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self.self_attn, name, nn.Linear(width, width))
        self.mlp = Mlp(width, 4 * width, activation)

    def forward(self, x):
        a, n = self.self_attn, self.layer_norm1(x)
        x = x + a.out_proj(attention(a.q_proj(n), a.k_proj(n), a.v_proj(n), self.heads, causal=True))
        return x + self.mlp(self.layer_norm2(x))


class ClipText(nn.Module):
    def __init__(self, width, heads, layers, vocabulary, positions, activation, project):
        super().__init__()
        model = self.text_model = nn.Module()
        model.embeddings = nn.Module()
        model.embeddings.token_embedding = nn.Embedding(vocabulary, width)
        model.embeddings.position_embedding = nn.Embedding(positions, width)
        model.encoder = nn.Module()
        model.encoder.layers = nn.ModuleList(ClipLayer(width, heads, activation) for _ in range(layers))
        model.final_layer_norm = nn.LayerNorm(width)
        self.text_projection = nn.Linear(width, width, bias=False)
        self.project = project
        nn.init.normal_(model.embeddings.token_embedding.weight, std=0.3)
        nn.init.normal_(model.embeddings.position_embedding.weight, std=0.1)

    def forward(self, ids):
        """(output of the last but one layer without norm, pooled at the first end token with norm)"""
        model = self.text_model
        x = model.embeddings.token_embedding(ids) + model.embeddings.position_embedding.weight[:ids.shape[1]]
        for layer in model.encoder.layers[:-1]:
            x = layer(x)
        hidden = x
        x = model.final_layer_norm(model.encoder.layers[-1](x))
        pooled = x[torch.arange(len(ids), device=ids.device), ids.argmax(-1)]
        return hidden, self.text_projection(pooled) if self.project else pooled


class T5Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def t5_bucket(relative, buckets=32, farthest=128):
    buckets //= 2
    out = (relative > 0).long() * buckets
    distance = relative.abs()
    exact = buckets // 2
    far = exact + (torch.log(distance.clamp(min=1).float() / exact) / math.log(farthest / exact) * (buckets - exact)).long()
    return out + torch.where(distance < exact, distance, far.clamp(max=buckets - 1))


class T5(nn.Module):
    def __init__(self, width, heads, layers, ff, vocabulary):
        super().__init__()
        self.heads = heads
        self.shared = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.shared.weight, std=0.5)
        self.encoder = nn.Module()
        self.encoder.block = nn.ModuleList()
        for index in range(layers):
            first, second, block = nn.Module(), nn.Module(), nn.Module()
            first.layer_norm, second.layer_norm = T5Norm(width), T5Norm(width)
            first.SelfAttention = nn.Module()
            for name in "qkvo":
                setattr(first.SelfAttention, name, nn.Linear(width, width, bias=False))
            nn.init.normal_(first.SelfAttention.q.weight, std=(width * width // heads) ** -0.5)
            if index == 0:
                first.SelfAttention.relative_attention_bias = nn.Embedding(32, heads)
            second.DenseReluDense = nn.Module()
            second.DenseReluDense.wi_0 = nn.Linear(width, ff, bias=False)
            second.DenseReluDense.wi_1 = nn.Linear(width, ff, bias=False)
            second.DenseReluDense.wo = nn.Linear(ff, width, bias=False)
            block.layer = nn.ModuleList([first, second])
            self.encoder.block.append(block)
        self.encoder.final_layer_norm = T5Norm(width)

    def forward(self, ids):
        x = self.shared(ids)
        place = torch.arange(ids.shape[1], device=ids.device)
        table = self.encoder.block[0].layer[0].SelfAttention.relative_attention_bias
        mask = table(t5_bucket(place[None] - place[:, None])).permute(2, 0, 1)[None]
        for block in self.encoder.block:
            a, n = block.layer[0].SelfAttention, block.layer[0].layer_norm(x)
            x = x + a.o(attention(a.q(n), a.k(n), a.v(n), self.heads, mask=mask, scale=1.0))
            d, n = block.layer[1].DenseReluDense, block.layer[1].layer_norm(x)
            x = x + d.wo(tanh_gelu(d.wi_0(n)) * d.wi_1(n))
        return self.encoder.final_layer_norm(x)


class TextEncoders(nn.Module):
    """CLIP-L, CLIP-G and T5 joined as in SD3: (context, pooled)."""

    def __init__(self, clip_vocabulary, t5_vocabulary, g=GEOMETRY):
        super().__init__()
        self.clip_l = ClipText(**g["clip_l"], vocabulary=clip_vocabulary, positions=g["clip_positions"],
                               activation=quick_gelu, project=False)
        self.clip_g = ClipText(**g["clip_g"], vocabulary=clip_vocabulary, positions=g["clip_positions"],
                               activation=F.gelu, project=True)
        self.t5xxl = T5(**g["t5"], vocabulary=t5_vocabulary)
        self.width = g["t5"]["width"]

    def forward(self, ids_l, ids_g, ids_t5, keep_t5=None):
        hidden_l, pooled_l = self.clip_l(ids_l)
        hidden_g, pooled_g = self.clip_g(ids_g)
        t5 = self.t5xxl(ids_t5)
        if keep_t5 is not None:
            t5 = t5 * keep_t5[:, None, None]
        clip = torch.cat([hidden_l, hidden_g], -1)
        clip = F.pad(clip, (0, self.width - clip.shape[-1]))
        return torch.cat([clip, t5.to(clip.dtype)], 1), torch.cat([pooled_l, pooled_g], -1)


def make_mmdit(g=GEOMETRY):
    return MMDiT(g["depth"], g["width"], g["t5"]["width"], g["clip_l"]["width"] + g["clip_g"]["width"], g["pos_size"])


# ---------------------------------------------------------------------------------------------- VAE

class GroupNorm(nn.GroupNorm):
    def forward(self, x):
        return F.group_norm(x.float(), self.num_groups, self.weight, self.bias, self.eps)


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, groups):
        super().__init__()
        self.norm1 = GroupNorm(groups, inputs, 1e-6)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.norm2 = GroupNorm(groups, outputs, 1e-6)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)
        self.project = inputs != outputs
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.nin_shortcut(x) if self.project else x) + h


class PixelAttention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.norm = GroupNorm(groups, channels, 1e-6)
        for name in ("q", "k", "v", "proj_out"):
            setattr(self, name, nn.Conv2d(channels, channels, 1))
        nn.init.zeros_(self.proj_out.weight)

    def forward(self, x):
        batch, channels, height, width = x.shape
        n = self.norm(x)
        q, k, v = [f(n).flatten(2).transpose(1, 2).unsqueeze(1) for f in (self.q, self.k, self.v)]
        out = F.scaled_dot_product_attention(q, k, v).squeeze(1).transpose(1, 2)
        return x + self.proj_out(out.reshape(batch, channels, height, width))


def middle(channels, groups):
    m = nn.Module()
    m.block_1 = ResBlock(channels, channels, groups)
    m.attn_1 = PixelAttention(channels, groups)
    m.block_2 = ResBlock(channels, channels, groups)
    return m


class Encoder(nn.Module):
    def __init__(self, ch, mult, groups, z=16):
        super().__init__()
        self.conv_in = nn.Conv2d(3, ch, 3, 1, 1)
        self.down = nn.ModuleList()
        width = ch
        for level, factor in enumerate(mult):
            stage = nn.Module()
            stage.block = nn.ModuleList()
            for _ in range(2):
                stage.block.append(ResBlock(width, ch * factor, groups))
                width = ch * factor
            if level < len(mult) - 1:
                stage.downsample = nn.Module()
                stage.downsample.conv = nn.Conv2d(width, width, 3, 2, 0)
            self.down.append(stage)
        self.mid = middle(width, groups)
        self.norm_out = GroupNorm(groups, width, 1e-6)
        self.conv_out = nn.Conv2d(width, 2 * z, 3, 1, 1)

    def forward(self, x):
        x = self.conv_in(x)
        for stage in self.down:
            for block in stage.block:
                x = block(x)
            if hasattr(stage, "downsample"):
                x = stage.downsample.conv(F.pad(x, (0, 1, 0, 1)))
        x = self.mid.block_2(self.mid.attn_1(self.mid.block_1(x)))
        return self.conv_out(F.silu(self.norm_out(x)))


class Decoder(nn.Module):
    def __init__(self, ch, mult, groups, z=16):
        super().__init__()
        width = ch * mult[-1]
        self.conv_in = nn.Conv2d(z, width, 3, 1, 1)
        self.mid = middle(width, groups)
        self.up = nn.ModuleList()
        for level in reversed(range(len(mult))):
            stage = nn.Module()
            stage.block = nn.ModuleList()
            for _ in range(3):
                stage.block.append(ResBlock(width, ch * mult[level], groups))
                width = ch * mult[level]
            if level:
                stage.upsample = nn.Module()
                stage.upsample.conv = nn.Conv2d(width, width, 3, 1, 1)
            self.up.insert(0, stage)
        self.norm_out = GroupNorm(groups, width, 1e-6)
        self.conv_out = nn.Conv2d(width, 3, 3, 1, 1)

    def forward(self, z):
        x = self.mid.block_2(self.mid.attn_1(self.mid.block_1(self.conv_in(z))))
        for stage in reversed(list(self.up)):
            for block in stage.block:
                x = block(x)
            if hasattr(stage, "upsample"):
                x = stage.upsample.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv_out(F.silu(self.norm_out(x)))


class VAE(nn.Module):
    """Works on raw latents: raw = model latent / 1.5305 + 0.0609."""

    def __init__(self, g=GEOMETRY):
        super().__init__()
        self.encoder = Encoder(g["vae_channels"], g["vae_mult"], g["vae_groups"])
        self.decoder = Decoder(g["vae_channels"], g["vae_mult"], g["vae_groups"])
