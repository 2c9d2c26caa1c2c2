"""Step 4: the MMDiT (rectified flow). Runs until stopped; resumes from its checkpoint.

    python train_mmdit.py --work DIR --name nano-a --peer nano-b --keep 64 &
    python train_mmdit.py --work DIR --name nano-b --peer nano-a --keep 64

Two processes of one thread each: every 16 steps a process averages its weights with the peer's latest ones, which lie
in shared memory (no waiting; a dead peer is simply ignored).

`--keep K` trains on K of each picture's 256 patches, drawn with preference for those that differ from the picture's
median (objects and edges): three times the pictures a second, and what words alone decide, what is where, is learnt
from the same positions that the finished model uses. `--keep 0` (all patches) must follow.
The text encoders stay as they were pretrained: what they say about every caption is stored once. With `--decay M`
the learning rate falls to zero in M minutes and the program ends; without, it is constant (the exported weights are
an exponential average).
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
from muon import Muon
from peer import Peer
from words import Tokenizers


class Data:
    """All complete chunks, with what the frozen encoders say; new ones are picked up while training runs."""

    def __init__(self, folder, tokenizers, text):
        self.folder, self.tokenizers, self.text, self.chunks = folder, tokenizers, text, {}
        with torch.no_grad(), autocast():
            self.empty = [x.float() for x in text(*[torch.tensor([ids]) for ids in tokenizers("")])]
        digest = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in text.parameters())).hexdigest()[:12]
        self.store = f"{folder}/context-{digest}"
        os.makedirs(self.store, exist_ok=True)
        self.refresh()

    def said(self, base):
        """The stored context and pooled vectors of a chunk."""
        name = f"{self.store}/{os.path.basename(base)}"
        if not os.path.exists(name + ".pooled.npy"):
            with open(base + ".json") as f:
                ids = [self.tokenizers(d["caption"]) for d in json.load(f)]
            ids = [torch.tensor([x[k] for x in ids]) for k in range(3)]
            with torch.no_grad(), autocast():
                parts = [self.text(*[i[k:k + 100] for i in ids]) for k in range(0, len(ids[0]), 100)]
            for label, k in (("context", 0), ("pooled", 1)):
                part = f"{name}.{label}.{os.getpid()}.npy"
                np.save(part, torch.cat([p[k] for p in parts]).half().numpy())
                os.replace(part, f"{name}.{label}.npy")
        return [np.load(f"{name}.{label}.npy", mmap_mode="r") for label in ("context", "pooled")]

    def refresh(self):
        for path in sorted(glob.glob(self.folder + "/[0-9]*.json")):
            if path not in self.chunks:
                self.chunks[path] = (*self.said(path[:-5]), np.load(path[:-5] + ".z256.npy", mmap_mode="r"))
        self.list = list(self.chunks.values())

    def batch(self, count):
        """(latents, context, pooled); a tenth without words, a twentieth without T5."""
        parts = []
        for _ in range(4):
            chunk = self.list[np.random.randint(len(self.list))]
            index = np.sort(np.random.randint(0, len(chunk[0]), count // 4))
            parts.append([torch.from_numpy(part[index].astype(np.float32)) for part in chunk])
        context, pooled, latents = (torch.cat(x) for x in zip(*parts))
        without = torch.rand(count) < 0.1
        context[without], pooled[without] = self.empty
        context[:, GEOMETRY["clip_positions"]:] *= (torch.rand(count) > 0.05).float()[:, None, None]
        return latents, context, pooled


def interesting(patches, count):
    """Indices [n, count] of patches drawn without replacement, those that differ from the picture's median preferred."""
    away = (patches - patches.median(1, keepdim=True).values).pow(2).mean(2)
    weight = 0.25 + (away / (away.mean(1, keepdim=True) + 1e-3)).clamp(max=3)
    return (weight.log() - torch.log(-torch.log(torch.rand_like(weight).clamp(1e-9, 1 - 1e-7)))).topk(count, 1).indices


def random_sigma(count, high):
    """Many samples at high noise, where the words alone decide the picture; most others in the middle."""
    middle = torch.sigmoid(torch.randn(count) * 1.1 + 0.9)
    kind = torch.rand(count)
    s = torch.where(kind < high, 0.8 + 0.2 * torch.rand(count), torch.where(kind < 0.92, middle, torch.rand(count)))
    return s.clamp(1e-3, 1)


def main():
    a = arguments(__doc__, name=("nano-a", "checkpoint name"), peer=("", "name of the peer"), keep=(64, "patches of each picture; 0: all 256"),
                  batch=(64, "pictures a step"), lr=(1.5e-3, "learning rate"), muon=(1.0, "rate of Muon for the hidden matrices, relative to --lr (0: AdamW)"),
                  ema=(0.999, "average of the weights"), high=(0.45, "share of samples at sigma 0.8 to 1"),
                  decay=(0.0, "minutes of falling learning rate, then stop"), minutes=(0.0, "stop after these minutes"),
                  start=("", "checkpoint to start from when there is none of this name"), fresh=(False, "forget the optimiser's state"))
    one_thread()
    torch.manual_seed(7)
    tokenizers = Tokenizers(a.work)
    text, net = TextEncoders(tokenizers.clip_count, tokenizers.t5_count), make_mmdit()
    text.load_state_dict(torch.load(a.work + "/text.pt"))
    torch.manual_seed(int(time.time()) + os.getpid())
    np.random.seed((int(time.time()) + os.getpid()) % 2 ** 31)
    path = f"{a.work}/{a.name}.pt"
    state, stored = dict(step=0, seen=0, minutes=0.0, history=[]), None
    if source := path if os.path.exists(path) else a.start:
        stored = torch.load(source, weights_only=False)
        net.load_state_dict(stored["net"])
        text.load_state_dict(stored["text"])
        state = stored["state"]
        print("continuing", source, state["step"], state["seen"], flush=True)
    text.requires_grad_(False)
    named = list(net.named_parameters())
    parameters = [p for _, p in named]
    ema = [(stored["ema"][n] if stored else p.detach()).clone() for n, p in named]
    hidden = [n for n, p in named if a.muon and p.ndim == 2 and ("joint_blocks" in n or "context_embedder" in n or "y_embedder.mlp.2" in n)]
    muon = Muon([p for n, p in named if n in hidden])
    groups = [dict(params=[p for n, p in named if n not in hidden and p.ndim > 1], weight_decay=0.01),
              dict(params=[p for n, p in named if p.ndim <= 1], weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, a.lr, betas=(0.9, 0.98), foreach=True)
    warm = 0
    if stored and not a.fresh and stored.get("muon_names") == hidden:
        optimizer.load_state_dict(stored["optimizer"])
        muon.buffers, warm = stored["muon"], 1000
    data = Data(a.work + "/data", tokenizers, text)
    peer = Peer(parameters, a.name, a.peer) if a.peer else None

    def loss_of(clean, noise, sigma, which, context, pooled):
        s = sigma[:, None, None]
        places = net.places(16, 16)
        if a.keep:
            places = places[0][which]
        with autocast():
            velocity = net.tokens((1 - s) * clean + s * noise, places, sigma, context, pooled)
        return (velocity.float() - (noise - clean)).pow(2).mean()

    compiled = torch.compile(loss_of, dynamic=False)

    def save():
        save_atomically(dict(net=net.state_dict(), text=text.state_dict(), ema={n: e for (n, _), e in zip(named, ema)},
                             optimizer=optimizer.state_dict(), muon=muon.buffers, muon_names=hidden, state=state), path)

    recent, steps_here, base = [], 0, state["minutes"]
    begin = last_print = last_save = time.time()
    while True:
        spent = (time.time() - begin) / 60
        remaining = 1 - spent / a.decay if a.decay else 1.0
        if remaining <= 0 or (a.minutes and spent > a.minutes):
            break
        rate = a.lr * min(1, (steps_here + warm + 1) / 200) * remaining
        for group in optimizer.param_groups:
            group["lr"] = rate
        latents, context, pooled = data.batch(a.batch)
        clean, which = net.patches(latents), None
        if a.keep:
            which = interesting(clean, a.keep)
            clean = clean.gather(1, which[..., None].expand(-1, -1, clean.shape[2]))
        loss = compiled(clean, torch.randn_like(clean), random_sigma(a.batch, a.high), which, context, pooled)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if hidden:
            muon.step(rate * a.muon)
        state["step"] += 1
        steps_here += 1
        state["seen"] += a.batch
        recent.append(loss.item())
        if peer and steps_here % 16 == 0:
            peer.exchange(state["step"])
        share = min(a.ema, (state["step"] + 1) / (state["step"] + 12))
        with torch.no_grad():
            torch._foreach_lerp_(ema, parameters, 1 - share)
        state["minutes"] = base + (time.time() - begin) / 60
        if time.time() - last_print > 60:
            state["history"].append((state["minutes"], state["seen"], float(np.mean(recent))))
            print(f"{time.strftime('%H:%M:%S')} {state['minutes']:.1f} min, cpu {time.process_time() / 60:.1f}, step {state['step']}, seen {state['seen']}, "
                  f"loss {np.mean(recent):.4f}, lr {rate:.5f}, gradient {norm.item():.2f}, chunks {len(data.list)}", flush=True)
            recent, last_print = [], time.time()
            data.refresh()
        if time.time() - last_save > 150:
            save()
            last_save = time.time()
    save()


if __name__ == "__main__":
    main()
