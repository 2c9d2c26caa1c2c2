"""Step 4: the MMDiT (rectified flow). Runs until stopped; resumes from its checkpoint.

    python train_mmdit.py --work DIR --name nano-a --peer nano-b --keep 64 &
    python train_mmdit.py --work DIR --name nano-b --peer nano-a --keep 64

Two processes of one thread each: every 16 steps a process averages its weights with the peer's latest ones, which lie
in shared memory (no waiting; a dead peer is simply ignored).

`--keep K` trains on K of each picture's 256 patches, drawn with preference for those that differ from the picture's
median (objects and edges): three times the pictures a second, and what words alone decide, what is where, is learnt
from the same positions that the finished model uses. `--keep 0` (all patches) must follow.
The text encoders learn along (at --text of the rate): with a thousand things, what a word looks like is best kept in its
own numbers. With `--decay M` the learning rate falls to zero in M minutes and the program ends; without, it is constant (the
exported weights are an exponential average). On a graphics card the same program runs there, with --batch 1024.
"""
import glob
import json
import os
import time

import numpy as np
import torch

from common import arguments, autocast, device, one_thread, save_atomically
from data import ids_path, save_ids
from models import TextEncoders, make_mmdit
from muon import Muon
from peer import Peer
from words import Tokenizers


class Data:
    """All complete chunks and their captions as ids; new ones are picked up while training runs."""

    def __init__(self, folder, tokenizers, where):
        self.folder, self.tokenizers, self.where, self.chunks = folder, tokenizers, where, {}
        self.empty = [torch.tensor(ids, device=where) for ids in tokenizers("")]
        self.refresh()

    def ids_of(self, base):
        path = ids_path(base, self.tokenizers)
        if not os.path.exists(path):
            with open(base + ".json") as f:
                save_ids(base, [d["caption"] for d in json.load(f)], self.tokenizers)
        return torch.from_numpy(np.load(path).astype(np.int64)).to(self.where)

    def refresh(self, most=1000):
        for path in sorted(glob.glob(self.folder + "/[0-9]*.json")):
            if path not in self.chunks and most:
                most -= 1
                latents = np.load(path[:-5] + ".z256.npy", mmap_mode="r" if self.where == "cpu" else None)
                self.chunks[path] = (latents if self.where == "cpu" else torch.from_numpy(latents).to(self.where), self.ids_of(path[:-5]))
        self.list = list(self.chunks.values())

    def batch(self, count):
        """(latents, ids of the three encoders, which keep their T5); a tenth without words, a twentieth without T5."""
        latents, ids = [], []
        pieces = 4 if self.where == "cpu" else 16
        for _ in range(pieces):
            stored, said = self.list[np.random.randint(len(self.list))]
            index = np.sort(np.random.randint(0, len(stored), count // pieces))
            latents.append(torch.from_numpy(stored[index].astype(np.float32)) if self.where == "cpu" else stored[torch.from_numpy(index)].float())
            ids.append(said[torch.from_numpy(index)])
        lengths = [len(x) for x in self.empty]
        ids = list(torch.cat(ids).split(lengths, 1))
        without = torch.rand(count, device=self.where) < 0.1
        ids = [torch.where(without[:, None], empty, x) for x, empty in zip(ids, self.empty)]
        return torch.cat(latents), ids, (torch.rand(count, device=self.where) > 0.05).float()


def interesting(patches, count):
    """Indices [n, count] of patches drawn without replacement, those that differ from the picture's median preferred."""
    away = (patches - patches.median(1, keepdim=True).values).pow(2).mean(2)
    weight = 0.25 + (away / (away.mean(1, keepdim=True) + 1e-3)).clamp(max=3)
    return (weight.log() - torch.log(-torch.log(torch.rand_like(weight).clamp(1e-9, 1 - 1e-7)))).topk(count, 1).indices


def random_sigma(count, high, where):
    """Many samples at high noise, where the words alone decide the picture; most others in the middle."""
    middle = torch.sigmoid(torch.randn(count, device=where) * 1.1 + 0.9)
    kind, even = torch.rand(count, device=where), torch.rand(count, device=where)
    s = torch.where(kind < high, 0.8 + 0.2 * even, torch.where(kind < 0.92, middle, even))
    return s.clamp(1e-3, 1)


def main():
    a = arguments(__doc__, name=("nano-a", "checkpoint name"), peer=("", "name of the peer"), keep=(64, "patches of each picture; 0: all 256"),
                  batch=(64, "pictures a step"), lr=(1.5e-3, "learning rate"), muon=(1.0, "rate of Muon for the hidden matrices, relative to --lr (0: AdamW)"),
                  ema=(0.999, "average of the weights"), high=(0.45, "share of samples at sigma 0.8 to 1"),
                  decay=(0.0, "minutes of falling learning rate, then stop"), minutes=(0.0, "stop after these minutes"),
                  text=(0.3, "rate of the text encoders, relative to --lr (0: they stay)"), compile=(False, "compile the step first (worth it from half an hour on)"),
                  start=("", "checkpoint to start from when there is none of this name"), fresh=(False, "forget the optimiser's state"))
    one_thread()
    torch.manual_seed(7)
    tokenizers, where = Tokenizers(a.work), device()
    text, net = TextEncoders(tokenizers.clip_count, tokenizers.t5_count).to(where), make_mmdit().to(where)
    text.load_state_dict(torch.load(a.work + "/text.pt", map_location=where))
    torch.manual_seed(int(time.time()) + os.getpid())
    np.random.seed((int(time.time()) + os.getpid()) % 2 ** 31)
    path = f"{a.work}/{a.name}.pt"
    state, stored = dict(step=0, seen=0, minutes=0.0, history=[]), None
    if source := path if os.path.exists(path) else a.start:
        stored = torch.load(source, weights_only=False, map_location=where)
        net.load_state_dict(stored["net"])
        if stored["state"]["step"]:                        # a grown one has not yet met its text encoders
            text.load_state_dict(stored["text"])
        state = stored["state"]
        print("continuing", source, state["step"], state["seen"], flush=True)
    text.requires_grad_(bool(a.text))
    text.clip_l.text_projection.requires_grad_(False)      # nobody asks for it
    named = [("net." + n, p) for n, p in net.named_parameters()] + [("text." + n, p) for n, p in text.named_parameters() if p.requires_grad]
    parameters = [p for _, p in named]
    averages = (stored or {}).get("averages", {})
    ema = [averages.get(n, p.detach()).clone().to(where) for n, p in named]
    hidden = [n for n, p in named if a.muon and p.ndim == 2 and n.startswith("net.") and ("joint_blocks" in n or "context_embedder" in n or "y_embedder.mlp.2" in n)]
    muon = Muon([p for n, p in named if n in hidden])
    rest = [(n, p) for n, p in named if n not in hidden]
    groups = [dict(params=[p for n, p in rest if p.ndim > 1 and n.startswith("net.")], weight_decay=0.01, share=1.0),
              dict(params=[p for n, p in rest if p.ndim <= 1 and n.startswith("net.")], weight_decay=0.0, share=1.0),
              dict(params=[p for n, p in rest if n.startswith("text.")], weight_decay=0.0, share=a.text)]
    groups = [g for g in groups if g["params"]]
    optimizer = torch.optim.AdamW(groups, a.lr, betas=(0.9, 0.98), foreach=True)
    warm = 0
    if stored and not a.fresh and stored.get("muon_names") == hidden:
        optimizer.load_state_dict(stored["optimizer"])
        muon.buffers, warm = stored["muon"], 1000
    data = Data(a.work + "/data", tokenizers, where)
    peer = Peer(parameters, a.name, a.peer) if a.peer else None

    def loss_of(clean, noise, sigma, which, ids, keep_t5):
        s = sigma[:, None, None]
        places = net.places(16, 16)
        if a.keep:
            places = places[0][which]
        with autocast():
            context, pooled = text(*ids, keep_t5)
            velocity = net.tokens((1 - s) * clean + s * noise, places, sigma, context, pooled)
        return (velocity.float() - (noise - clean)).pow(2).mean()

    step = torch.compile(loss_of, dynamic=False) if a.compile else loss_of

    def save():
        mean = {n: e for (n, _), e in zip(named, ema)}
        save_atomically(dict(net=net.state_dict(), text=text.state_dict(), averages=mean, optimizer=optimizer.state_dict(), muon=muon.buffers,
                             muon_names=hidden, state=state), path)

    recent, steps_here, base, seen_before = [], 0, state["minutes"], state["seen"]
    begin = last_print = last_save = time.time()
    while True:
        spent = (time.time() - begin) / 60
        remaining = 1 - spent / a.decay if a.decay else 1.0
        if remaining <= 0 or (a.minutes and spent > a.minutes):
            break
        rate = a.lr * min(1, (steps_here + warm + 1) / 200) * remaining
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        latents, ids, keep_t5 = data.batch(a.batch)
        clean, which = net.patches(latents), None
        if a.keep:
            which = interesting(clean, a.keep)
            clean = clean.gather(1, which[..., None].expand(-1, -1, clean.shape[2]))
        loss = step(clean, torch.randn_like(clean), random_sigma(a.batch, a.high, where), which, ids, keep_t5)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if hidden:
            muon.step(rate * a.muon)
        state["step"] += 1
        steps_here += 1
        state["seen"] += a.batch
        recent.append(loss.detach())
        if peer and steps_here % 16 == 0:
            peer.exchange(state["step"])
        share = min(a.ema, (state["step"] + 1) / (state["step"] + 12))
        with torch.no_grad():
            torch._foreach_lerp_(ema, parameters, 1 - share)
        state["minutes"] = base + (time.time() - begin) / 60
        if time.time() - last_print > (60 if where == "cpu" else 15):
            mean_loss = torch.stack(recent).mean().item()
            state["history"].append((state["minutes"], state["seen"], mean_loss))
            print(f"{time.strftime('%H:%M:%S')} {state['minutes']:.1f} min, cpu {time.process_time() / 60:.1f}, step {state['step']}, seen {state['seen']}, "
                  f"loss {mean_loss:.4f}, lr {rate:.5f}, gradient {norm.item():.2f}, chunks {len(data.list)}, {(state['seen'] - seen_before) / (time.time() - begin):.1f} a second", flush=True)
            recent, last_print = [], time.time()
            data.refresh(12)
        if time.time() - last_save > 300:
            save()
            last_save = time.time()
    save()


if __name__ == "__main__":
    main()
