"""Two training processes that average their weights."""
import os

import numpy as np
import torch


class Peer:
    """Averages weights with another process through two files in shared memory."""

    def __init__(self, parameters, mine, other):
        self.parameters, self.other_path = parameters, f"/dev/shm/{other}.weights"
        count = sum(p.numel() for p in parameters)
        self.mine = np.memmap(f"/dev/shm/{mine}.weights", np.float32, "w+", shape=(count + 1,))
        self.other, self.seen = None, 0.0
        self.publish(0)

    def flat(self):
        return torch.cat([p.detach().flatten() for p in self.parameters])

    def publish(self, step):
        self.mine[:-1] = self.flat().numpy()
        self.mine[-1] = step

    @torch.no_grad()
    def exchange(self, step):
        if self.other is None or self.other[-1] == self.seen:      # (re)open: the peer may have been restarted
            if not os.path.exists(self.other_path) or os.path.getsize(self.other_path) != self.mine.nbytes:
                return self.publish(step)
            self.other = np.memmap(self.other_path, np.float32, "r", shape=self.mine.shape)
        tag = float(self.other[-1])
        if tag > 0 and tag != self.seen:
            self.seen = tag
            values, at = (self.flat() + torch.from_numpy(np.array(self.other[:-1]))) * 0.5, 0
            for p in self.parameters:
                p.copy_(values[at:at + p.numel()].view_as(p))
                at += p.numel()
        self.publish(step)
