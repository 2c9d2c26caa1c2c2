"""Step 4: the MMDiT with the text encoders (rectified flow). Runs until stopped; resumes from its checkpoint.

    python train_mmdit.py --work DIR --name nano-a --peer nano-b --large 0.0 &
    python train_mmdit.py --work DIR --name nano-b --peer nano-a --large 0.0

Two processes of one thread each: every 16 steps a process averages its weights with the peer's latest ones, which lie
in shared memory (no waiting; a dead peer is simply ignored). `--large` is the share of steps at 256 x 256, the others
are at 128 x 128. The learning rate is constant (the exported weights are an exponential average); with `--decay M`
it falls linearly to zero in M minutes and the program ends. `--frozen-text` leaves the (pretrained) text encoders as
they are and stores what they say about every caption, which saves a fifth of the work at 128 x 128.
"""
import glob
import hashlib
import json
import os
import time

import numpy as np
import torch

from common import arguments, autocast, one_thread, save_atomically
from models import GEOMETRY, TextEncoders, make_mmdit
from words import Tokenizers


class Muon:
    """Orthogonalised momentum for the hidden matrices; AdamW does the rest. The step has the size of an AdamW step."""

    def __init__(self, matrices, momentum=0.95, decay=0.01):
        self.matrices, self.momentum, self.decay = matrices, momentum, decay
        self.buffers = [torch.zeros_like(p) for p in matrices]

    @staticmethod
    def orthogonal(x):
        """Newton-Schulz iteration (quintic) of a stack of matrices that are not taller than wide."""
        x = x.bfloat16()
        x = x / (x.float().norm(dim=(1, 2), keepdim=True) + 1e-8).bfloat16()
        for _ in range(5):
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


class Data:
    """All complete chunks; new ones are picked up while training runs."""

    def __init__(self, folder, tokenizers):
        self.folder, self.tokenizers, self.chunks = folder, tokenizers, {}
        self.empty = [torch.tensor([ids]) for ids in tokenizers("")]
        self.frozen = None
        self.refresh()

    def freeze(self, text):
        """From now on batches carry the encoders' output instead of token ids."""
        self.frozen = text
        with torch.no_grad(), autocast():
            self.empty = [x.float() for x in text(*self.empty)]
        digest = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in text.parameters())).hexdigest()[:12]
        self.store = f"{self.folder}/context-{digest}"
        os.makedirs(self.store, exist_ok=True)
        self.chunks = {}
        self.refresh()

    def said(self, base, ids):
        """The stored context and pooled vectors of a chunk."""
        name = f"{self.store}/{os.path.basename(base)}"
        if not os.path.exists(name + ".pooled.npy"):
            with torch.no_grad(), autocast():
                parts = [self.frozen(*[i[k:k + 100] for i in ids]) for k in range(0, len(ids[0]), 100)]
            for label, k in (("context", 0), ("pooled", 1)):
                part = f"{name}.{label}.{os.getpid()}.npy"
                np.save(part, torch.cat([p[k] for p in parts]).half().numpy())
                os.replace(part, f"{name}.{label}.npy")
        return [np.load(f"{name}.{label}.npy", mmap_mode="r") for label in ("context", "pooled")]

    def refresh(self):
        for path in sorted(glob.glob(self.folder + "/*.json")):
            if path in self.chunks:
                continue
            base = path[:-5]
            if not os.path.exists(base + ".ids.npz"):
                with open(path) as f:
                    ids = [self.tokenizers(d["caption"]) for d in json.load(f)]
                part = f"{base}.ids.{os.getpid()}.npz"
                np.savez(part, *[np.array([x[k] for x in ids], np.int16) for k in range(3)])
                os.replace(part, base + ".ids.npz")
            ids = np.load(base + ".ids.npz")
            words = [torch.from_numpy(ids[k].astype(np.int64)) for k in ids.files]
            self.chunks[path] = (self.said(base, words) if self.frozen else words,
                                 {s: np.load(f"{base}.z{s}.npy", mmap_mode="r") for s in (128, 256)})
        self.list = list(self.chunks.values())

    def batch(self, size, count):
        latents, ids = [], [[] for _ in self.empty]
        for _ in range(4):
            words, pictures = self.list[np.random.randint(len(self.list))]
            index = np.sort(np.random.randint(0, len(words[0]), count // 4))
            latents.append(torch.from_numpy(pictures[size][index].astype(np.float32)))
            for store, w in zip(ids, words):
                store.append(torch.from_numpy(w[index].astype(np.float32)) if self.frozen else w[torch.from_numpy(index)])
        ids = [torch.cat(x) for x in ids]
        without = torch.rand(count) < 0.1
        for x, empty in zip(ids, self.empty):
            x[without] = empty
        keep_t5 = (torch.rand(count) > 0.05).float()
        if self.frozen:
            ids[0][:, GEOMETRY["clip_positions"]:] *= keep_t5[:, None, None]
            return torch.cat(latents), ids
        return torch.cat(latents), [*ids, keep_t5]


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


def random_sigma(count, size):
    """Nearly half of the samples at high noise, where the words alone decide the picture; most others in the middle."""
    middle = torch.sigmoid(torch.randn(count) * 1.1 + (0.5 if size == 128 else 0.9))
    kind = torch.rand(count)
    s = torch.where(kind < 0.45, 0.8 + 0.2 * torch.rand(count), torch.where(kind < 0.92, middle, torch.rand(count)))
    return s.clamp(1e-3, 1)


def main():
    a = arguments(__doc__, name=("nano-a", "checkpoint name"), peer=("", "name of the peer"), large=(0.0, "share of 256 x 256 steps"),
                  small_until=(0, "from that many 128 x 128 pictures on (of this process), only 256 x 256"), batch128=(32, "batch at 128"), batch256=(16, "batch at 256"), lr=(1.2e-3, "learning rate"), ema=(0.999, "average of the weights"),
                  decay=(0.0, "minutes of falling learning rate, then stop"), minutes=(0.0, "stop after these minutes"),
                  start=("", "checkpoint to start from when there is none of this name"), muon=(0.0, "rate of Muon for the hidden matrices, relative to --lr (0: AdamW)"),
                  early=(0.0, "weight of the early-layer loss"),
                  frozen_text=(False, "leave the text encoders as they are"), fresh=(False, "forget the optimiser's state"), seed=(0, "0: from the clock"))
    one_thread()
    torch.manual_seed(a.seed or int(time.time()) + os.getpid())
    np.random.seed((a.seed or int(time.time()) + os.getpid()) % 2 ** 31)
    tokenizers = Tokenizers(a.work)
    text, net = TextEncoders(tokenizers.clip_count, tokenizers.t5_count), make_mmdit()
    # for training only: the image tokens after two of the three blocks have to know the clean picture already
    early = torch.nn.Sequential(torch.nn.LayerNorm(net.width), torch.nn.Linear(net.width, 64))
    both = torch.nn.ModuleDict(dict(text=text, net=net, early=early))
    path = f"{a.work}/{a.name}.pt"
    state = dict(step=0, seen={128: 0, 256: 0}, minutes=0.0, history=[])
    checkpoint = None
    source = path if os.path.exists(path) else a.start
    if source:
        checkpoint = torch.load(source, weights_only=False)
        both.load_state_dict(checkpoint["weights"], strict=False)
        state = checkpoint["state"]
        print("continuing", source, state["step"], state["seen"], flush=True)
    else:
        torch.manual_seed(7)
        net.initialise()
        torch.manual_seed(int(time.time()) + os.getpid())
        text.load_state_dict(torch.load(a.work + "/text.pt"))
    named = [(n, p) for n, p in both.named_parameters() if "text_projection" not in n or "clip_g" in n]
    parameters = [p for _, p in named]
    ema = [p.detach().clone() for p in parameters]
    if checkpoint:
        ema = [checkpoint["ema"][n].clone() if n in checkpoint["ema"] else p.detach().clone() for n, p in named]

    hidden = [n for n, p in named if a.muon and p.ndim == 2 and ("joint_blocks" in n or "context_embedder" in n or "y_embedder.mlp.2" in n)]
    muon = Muon([p for n, p in named if n in hidden])
    groups = [dict(params=[p for n, p in named if n.startswith(("net", "early")) and p.ndim > 1 and n not in hidden], weight_decay=0.01, factor=1.0),
              dict(params=[p for n, p in named if n.startswith(("net", "early")) and p.ndim <= 1], weight_decay=0.0, factor=1.0),
              dict(params=[p for n, p in named if n.startswith("text")], weight_decay=0.0, factor=0.3)]
    optimizer = torch.optim.AdamW(groups, a.lr, betas=(0.9, 0.98), foreach=True)
    warm = 0
    if checkpoint and not a.fresh and checkpoint.get("muon_names", []) == hidden:
        try:
            optimizer.load_state_dict(checkpoint["optimizer"])
            muon.buffers = checkpoint["muon"]
            warm = 1000
        except ValueError:
            print("the optimiser's state belongs to other parameters: starting it afresh", flush=True)
    data = Data(a.work + "/data", tokenizers)
    peer = Peer(parameters, a.name, a.peer) if a.peer else None

    if a.frozen_text:
        text.requires_grad_(False)
        data.freeze(text)
    trained = [p for p in parameters if p.requires_grad]

    def loss_of(latents, noise, sigma, halved, *words):
        s = sigma[:, None, None, None]
        with autocast():
            context, pooled = words if a.frozen_text else text(*words)
            velocity, tokens = net((1 - s) * latents + s * noise, sigma, context, pooled, halved=halved, inner=2)
            guess = early(tokens)
        loss = (velocity.float() - (noise - latents)).pow(2).mean()
        batch, channels, height, width = latents.shape
        clean = latents.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        return loss + a.early * (guess.float() - clean).pow(2).mean(), loss.detach()

    compiled = torch.compile(loss_of, dynamic=False)

    def save():
        save_atomically(dict(weights=both.state_dict(), ema={n: e for (n, _), e in zip(named, ema)}, optimizer=optimizer.state_dict(),
                             muon=muon.buffers, muon_names=hidden, state=state), path)

    recent = {128: [], 256: []}
    begin = last_print = last_save = time.time()
    base, steps_here = state["minutes"], 0
    cpu = time.process_time()
    while True:
        spent = (time.time() - begin) / 60
        remaining = 1 - spent / a.decay if a.decay else 1.0
        if remaining <= 0 or (a.minutes and spent > a.minutes):
            break
        rate = a.lr * min(1, (steps_here + warm + 1) / 200) * remaining
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        large = 1.0 if a.small_until and state["seen"][128] >= a.small_until else a.large
        size = 256 if np.random.rand() < large else 128
        count = a.batch256 if size == 256 else a.batch128
        latents, words = data.batch(size, count)
        loss, shown = compiled(latents, torch.randn_like(latents), random_sigma(count, size), size == 128, *words)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if hidden:
            muon.step(rate * a.muon)
        state["step"] += 1
        steps_here += 1
        state["seen"][size] += count
        recent[size].append(shown.item())
        if peer and steps_here % 16 == 0:
            peer.exchange(state["step"])
        keep_share = min(a.ema, (state["step"] + 1) / (state["step"] + 12))
        with torch.no_grad():
            torch._foreach_lerp_(ema, parameters, 1 - keep_share)
        state["minutes"] = base + (time.time() - begin) / 60
        if time.time() - last_print > 60:
            mean = {s: round(float(np.mean(r)), 4) if r else None for s, r in recent.items()}
            state["history"].append((state["minutes"], dict(state["seen"]), mean))
            print(f"{time.strftime('%H:%M:%S')} {state['minutes']:.1f} min, cpu {(time.process_time() - cpu) / 60:.1f}, step {state['step']}, seen {state['seen']}, "
                  f"loss {mean}, lr {rate:.5f}, gradient {norm.item():.2f}, chunks {len(data.list)}", flush=True)
            recent = {128: [], 256: []}
            last_print = time.time()
            data.refresh()
        if time.time() - last_save > 150:
            save()
            last_save = time.time()
    save()


if __name__ == "__main__":
    main()
