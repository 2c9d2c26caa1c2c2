"""Muon, an optimiser for the hidden matrices."""
import torch

from common import BFLOAT16


def fast():
    return BFLOAT16 or torch.cuda.is_available()


class Muon:
    """Orthogonalised momentum for the hidden matrices; AdamW does the rest. The step has the size of an AdamW step."""

    def __init__(self, matrices, momentum=0.95, decay=0.01):
        self.matrices, self.momentum, self.decay = matrices, momentum, decay
        self.buffers = [torch.zeros_like(p) for p in matrices]

    @staticmethod
    def orthogonal(x):
        """Newton-Schulz iteration (quintic) of a stack of matrices that are not taller than wide."""
        if fast():
            x = x.bfloat16()
        x = x / (x.float().norm(dim=(1, 2), keepdim=True) + 1e-8).to(x.dtype)
        # three leave the weakest directions (under 0.02 of the norm) at under 0.8: enough, and half the cost
        for _ in range(5 if fast() else 3):
            a = x @ x.transpose(1, 2)
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
        return x.float()

    @torch.no_grad()
    def step(self, rate):
        stacks = {}
        for p, buffer in zip(self.matrices, self.buffers):
            buffer.lerp_(p.grad, 1 - self.momentum)
            update = p.grad.lerp(buffer, self.momentum)
            # fused matrices (q, k, v; the parts of a modulation) are several; a wide fc2 or tall fc1 is one
            parts = p.shape[0] // p.shape[1] if p.shape[0] // p.shape[1] in (2, 3, 6) else 1
            for w, u in zip(p.chunk(parts), update.chunk(parts)):
                tall = u.shape[0] > u.shape[1]
                stacks.setdefault(tuple(sorted(u.shape)), []).append((w, u.T if tall else u, tall))
        for shape, items in stacks.items():
            for (w, _, tall), u in zip(items, self.orthogonal(torch.stack([u for _, u, _ in items]))):
                w.mul_(1 - rate * self.decay).add_(u.T if tall else u, alpha=-rate * 0.2 * max(shape) ** 0.5)
