"""Where things are kept, and small helpers shared by all steps.

The work folder (data, checkpoints) comes from `--work DIR` or the environment variable NANO_WORK.
"""
import argparse
import os

import numpy as np
import torch

from models import LATENT_SCALE, LATENT_SHIFT


def arguments(description, **options):
    """Parser with --work; options: name=(default, help)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", default=os.environ.get("NANO_WORK", "work"), help="folder of data and checkpoints")
    for name, (default, text) in options.items():
        kind = dict(action="store_true") if default is False else dict(default=default, type=type(default) if default is not None else str)
        parser.add_argument("--" + name.replace("_", "-"), help=text, **kind)
    found = parser.parse_args()
    os.makedirs(found.work, exist_ok=True)
    return found


def save_atomically(value, path):
    torch.save(value, path + ".part")
    os.replace(path + ".part", path)


def has_bfloat16():
    """Whether this CPU multiplies bfloat16 matrices itself (AVX-512 or AMX)."""
    try:
        with open("/proc/cpuinfo") as f:
            return bool({"avx512_bf16", "amx_bf16"} & set(f.read().split()))
    except OSError:
        return False


BFLOAT16 = has_bfloat16()


def device():
    return "cuda" if torch.cuda.is_available() else "cpu"


def autocast(enabled=True):
    """bfloat16 where the machine has it: on a CPU without, it is fifty times slower than float32."""
    return torch.autocast(device(), dtype=torch.bfloat16, enabled=enabled and (device() == "cuda" or BFLOAT16))


def one_thread():
    """One thread a process: two processes that average their weights beat one process with two threads."""
    torch.set_num_threads(1)


def ridge(inputs, wanted, amount):
    """[inputs + 1, outputs], the constant last: what reads `wanted` [n, outputs] off `inputs` [n, inputs] by a ridge regression."""
    a = torch.cat([inputs, torch.ones_like(inputs[:, :1])], 1).double()
    return torch.linalg.solve(a.T @ a + amount * len(a) * torch.eye(a.shape[1], dtype=a.dtype, device=a.device), a.T @ wanted.double()).float()


# ---------------------------------------------------------------------------------------------- latents

class Latents:
    """Closed-form latents: the 16 strongest principal components of 8 x 8 x 3 pixel blocks.

    Model-space latents z have overall deviation 1. The VAE is trained to agree with them, so the MMDiT can be
    trained before (and while) the VAE is.
    """

    def __init__(self, path):
        stored = np.load(path)
        self.mean, self.basis, self.scale = (stored[k].astype(np.float32) for k in ("mean", "basis", "scale"))

    @staticmethod
    def blocks(pictures):
        """uint8 [n, H, W, 3] -> [n, H/8, W/8, 192] in -1..1"""
        n, height, width, _ = pictures.shape
        x = pictures.astype(np.float32) / 127.5 - 1
        return x.reshape(n, height // 8, 8, width // 8, 8, 3).transpose(0, 1, 3, 5, 2, 4).reshape(n, height // 8, width // 8, 192)

    def encode(self, pictures):
        z = (self.blocks(pictures) - self.mean) @ (self.basis / self.scale)
        return np.ascontiguousarray(z.transpose(0, 3, 1, 2))

    def decode(self, z):
        """The linear inverse (slightly soft): uint8 pictures."""
        z = np.asarray(z, np.float32).transpose(0, 2, 3, 1)
        n, rows, columns, _ = z.shape
        x = (z * self.scale) @ self.basis.T + self.mean
        x = x.reshape(n, rows, columns, 3, 8, 8).transpose(0, 1, 4, 2, 5, 3).reshape(n, rows * 8, columns * 8, 3)
        return np.clip((x + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)


def to_raw(z):
    return z / LATENT_SCALE + LATENT_SHIFT


def from_raw(raw):
    return (raw - LATENT_SHIFT) * LATENT_SCALE
