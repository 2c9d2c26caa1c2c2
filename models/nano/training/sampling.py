"""Loading a checkpoint, sampling and decoding: what the pipeline does, for evaluation and distillation."""
import os

import numpy as np
import torch

from common import Latents, autocast, device, to_raw
from models import VAE, TextEncoders, make_mmdit
from words import Tokenizers


def load(work, path, averaged=True):
    """(tokenizers, text encoders, MMDiT) of a checkpoint, with the averaged weights."""
    tokenizers = Tokenizers(work)
    text, net = TextEncoders(tokenizers.clip_count, tokenizers.t5_count), make_mmdit()
    stored = torch.load(path, weights_only=False, map_location="cpu")
    means = stored.get("averages", {}) if averaged else {}
    pick = lambda prefix: {n[len(prefix):]: v for n, v in means.items() if n.startswith(prefix)}
    text.load_state_dict({**stored["text"], **pick("text.")})
    net.load_state_dict({**stored["net"], **pick("net.")})
    text.to(device())
    net.to(device())
    text.eval().requires_grad_(False)
    net.eval().requires_grad_(False)
    return tokenizers, text, net, stored["state"]


def simple_sigmas(steps, shift=3.0):
    """ComfyUI's `simple` scheduler for SD3: sigmas of 1000 table entries, every (1000/steps)-th from the top."""
    t = torch.arange(1, 1001) / 1000
    table = shift * t / (1 + (shift - 1) * t)
    return [float(table[-(1 + int(x * 1000 / steps))]) for x in range(steps)] + [0.0]


def encode(tokenizers, text, prompts):
    ids = [torch.tensor(x, device=device()) for x in zip(*[tokenizers(p) for p in prompts])]
    with torch.no_grad(), autocast():
        context, pooled = text(*ids)
    return context.float(), pooled.float()


@torch.no_grad()
def sample(net, condition, empty, noise, sigmas, cfg, keep=()):
    """Euler. `keep`: indices of sigmas whose x is also returned."""
    x, kept = noise, []
    count = len(x)
    for i, sigma in enumerate(sigmas):
        if i in keep:
            kept.append(x)
        if i == len(sigmas) - 1:
            break
        with autocast():
            if cfg == 1:
                velocity = net(x, torch.full((count,), sigma, device=x.device), *condition)
            else:
                both = [torch.cat([c, e.expand(count, *e.shape[1:])]) for c, e in zip(condition, empty)]
                yes, no = net(torch.cat([x, x]), torch.full((2 * count,), sigma, device=x.device), *both).chunk(2)
                velocity = no + cfg * (yes - no)
        x = x + (sigmas[i + 1] - sigma) * velocity.float()
    return (x, kept) if keep else x


def noise_for(seeds, size=256):
    return torch.cat([torch.randn(1, 16, size // 8, size // 8, generator=torch.Generator().manual_seed(s)) for s in seeds]).to(device())


class Decode:
    """Pictures (uint8) from latents: by the VAE when there is one, else by the linear inverse."""

    def __init__(self, work, linear=False):
        self.latents = Latents(work + "/latents.npz")
        self.vae = None
        if not linear and os.path.exists(work + "/vae.pt"):
            self.vae = VAE()
            self.vae.load_state_dict(torch.load(work + "/vae.pt", map_location="cpu")["weights"])
            self.vae.eval().to(device())

    @torch.no_grad()
    def __call__(self, z):
        if self.vae is None:
            return self.latents.decode(z.cpu().numpy())
        out = []
        for one in z.split(1):
            with autocast():
                x = self.vae.decoder(to_raw(one))
            x = ((x.float() + 1) / 2).clamp(0, 1) * 255
            out.append(x[0].permute(1, 2, 0).cpu().numpy().astype(np.uint8))
        return np.stack(out)
