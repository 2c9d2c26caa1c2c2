"""Step 4: the MMDiT (rectified flow). Runs until stopped; resumes from its checkpoint.

    python train_mmdit.py --work DIR --name nano-a --peer nano-b --keep 64 &
    python train_mmdit.py --work DIR --name nano-b --peer nano-a --keep 64

Two processes of one thread each: every 16 steps a process averages its weights with the peer's latest ones, which lie
in shared memory (no waiting; a dead peer is simply ignored).

`--keep K` trains on K of each picture's 256 patches, drawn with preference for those that differ from the picture's
median (objects and edges): three times the pictures a second, and what words alone decide, what is where, is learnt
from the same positions that the finished model uses. `--keep 0` (all patches) must follow.
The text encoders learn along (at --text of the rate): with a thousand things, what a word looks like is best kept in its
own numbers. Left to the pictures alone they first grow faint; `--looks 0.3` holds them to say what each drawing looks like.
With `--decay M` the learning rate falls to zero in M minutes and the program ends; without, it is constant (the
exported weights are an exponential average). On a graphics card the same program runs there, with --batch 1024.
"""
import glob
import json
import math
import os
import random
import signal
import time

import numpy as np
import torch

from common import arguments, autocast, device, one_thread, ridge, save_atomically
from data import ids_path, save_ids
from models import GEOMETRY, TextEncoders, make_mmdit
from muon import Muon
from peer import Peer
from pretrain_text import codes, labels
from words import Tokenizers


LENGTHS = [9, 12, 16, GEOMETRY["clip_positions"]]          # positions of captions in training; the finished model has the last


class Data:
    """All complete chunks and their captions as ids; new ones are picked up while training runs."""

    def __init__(self, folder, tokenizers, where):
        self.folder, self.tokenizers, self.where, self.chunks = folder, tokenizers, where, {}
        self.empty = [torch.tensor(ids, device=where) for ids in tokenizers("")]
        self.waiting = {}
        self.refresh()

    def ids_of(self, base):
        path = ids_path(base, self.tokenizers)
        if not os.path.exists(path):
            with open(base + ".json") as f:
                save_ids(base, [d["caption"] for d in json.load(f)], self.tokenizers)
        return torch.from_numpy(np.load(path).astype(np.int64)).to(self.where)

    def drawings_of(self, base):
        """int64 [pictures, 1]: which drawing the first thing is (a row of pretrain_text.codes), or -1."""
        path = base + ".drawings.npy"
        if not os.path.exists(path):
            with open(base + ".json") as f:
                np.save(path, np.array([labels(d["scene"])[1][0] for d in json.load(f)], np.int16))
        return torch.from_numpy(np.load(path).astype(np.int64)).to(self.where)[:, None]

    def refresh(self, most=1000):
        for path in sorted(glob.glob(self.folder + "/[0-9]*.json")):
            if path not in self.chunks and most:
                most -= 1
                latents = np.load(path[:-5] + ".z256.npy", mmap_mode="r" if self.where == "cpu" else None)
                said = torch.cat([self.ids_of(path[:-5]), self.drawings_of(path[:-5])], 1)
                self.chunks[path] = (latents if self.where == "cpu" else torch.from_numpy(latents).to(self.where), said)
        self.list = list(self.chunks.values())

    def batch(self, count):
        """(latents, ids of the three encoders, which keep their T5, drawings); a tenth without words, a twentieth without T5.

        On a processor, where padding costs as much as words, pictures come together by the length of their captions, cut to LENGTHS.
        """
        while True:
            for length in sorted(self.waiting, key=lambda _: random.random()):
                if sum(len(x) for x, _ in self.waiting[length]) >= count:
                    latents, ids = (torch.cat(parts) for parts in zip(*self.waiting[length]))
                    self.waiting[length] = [(latents[count:], ids[count:])]
                    return self.some_without(latents[:count].float(), ids[:count], length)
            self.draw(count)

    def draw(self, count):
        """Puts some random pictures of one chunk to those of their length."""
        stored, said = self.list[np.random.randint(len(self.list))]
        index = np.sort(np.random.randint(0, len(stored), max(16, count // 16)))
        latents = torch.from_numpy(stored[index]) if self.where == "cpu" else stored[torch.from_numpy(index)]
        ids = said[torch.from_numpy(index)]
        if self.where != "cpu":                                        # a card would wait for each choice
            self.waiting.setdefault(LENGTHS[-1], []).append((latents, ids))
            return
        needed = self.tokenizers.lengths(self.parts(ids))
        for low, high in zip([0, *LENGTHS], LENGTHS):
            which = (needed > low) & (needed <= high)
            kept = LENGTHS[-1] if random.random() < 0.15 else high      # pads are to be met as well
            self.waiting.setdefault(kept, []).append((latents[which], ids[which]))

    def parts(self, ids):
        """The ids of the three encoders, without the drawing behind them."""
        return ids[:, :-1].split([len(x) for x in self.empty], 1)

    def some_without(self, latents, ids, length):
        count, drawings = len(latents), ids[:, -1]
        ids = [part[:, :length] for part in self.parts(ids)]
        without = torch.rand(count, device=self.where) < 0.1
        ids = [torch.where(without[:, None], empty[:length], x) for x, empty in zip(ids, self.empty)]
        return latents, ids, (torch.rand(count, device=self.where) > 0.05).float(), torch.where(without, -1, drawings)


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


@torch.no_grad()
def reader(text, data, looks, most=6000):
    """[pooled width + 1, CODE]: how the drawings' codes are read off the pooled vectors, as they are now (ridge regression)."""
    pooled, wanted = [], []
    for _, said in data.list[:most // 500]:
        rows = said[said[:, -1] >= 0][:500]
        pooled.append(text(*data.parts(rows))[1].float())
        wanted.append(looks[rows[:, -1]])
    return ridge(torch.cat(pooled), torch.cat(wanted), 1e-4)


def stands_for(ids, patches):
    """Bias of MMDiT.tokens [n, 1, 1, words + patches]: the last pad for those that were cut off, each patch for its share of 256."""
    length, n = ids[0].shape[1], len(ids[0])
    if length == LENGTHS[-1] and patches == 256:
        return None
    bias = torch.zeros(n, 2 * length + patches, device=ids[0].device)
    bias[:, 2 * length:] = math.log(256 / patches)
    for start, last_is_pad in ((0, ids[0][:, -2] == ids[0][:, -1]), (length, ids[2][:, -1] == 0)):
        bias[:, start + length - 1] = last_is_pad * math.log(LENGTHS[-1] + 1 - length)
    return bias[:, None, None]


def main():
    a = arguments(__doc__, name=("nano-a", "checkpoint name"), peer=("", "name of the peer"), keep=(64, "patches of each picture; 0: all 256"),
                  batch=(64, "pictures a step"), lr=(1.5e-3, "learning rate"), muon=(1.0, "rate of Muon for the hidden matrices, relative to --lr (0: AdamW)"),
                  ema=(0.999, "average of the weights"), high=(0.45, "share of samples at sigma 0.8 to 1"),
                  decay=(0.0, "minutes of falling learning rate, then stop"), minutes=(0.0, "stop after these minutes"),
                  text=(0.3, "rate of the text encoders, relative to --lr (0: they stay)"), compile=(False, "compile the step first (worth it from half an hour on)"),
                  start=("", "checkpoint to start from when there is none of this name"), fresh=(False, "forget the optimiser's state"),
                  looks=(0.0, "weight of what the pooled words say of a drawing, read off as at the start"),
                  still_conditioning=(False, "leave the embedders of time and pooled words"))
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
    if a.still_conditioning:
        net.t_embedder.requires_grad_(False)
        net.y_embedder.requires_grad_(False)
    text.clip_l.text_projection.requires_grad_(False)      # nobody asks for it
    named = [(f"{of}.{n}", p) for of, module in (("net", net), ("text", text)) for n, p in module.named_parameters() if p.requires_grad]
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
    if stored and not a.fresh and stored.get("trained") == [n for n, _ in named]:
        optimizer.load_state_dict(stored["optimizer"])
        muon.buffers, warm = stored["muon"], 1000
    data = Data(a.work + "/data", tokenizers, where)
    peer = Peer(parameters, a.name, a.peer) if a.peer else None
    looks = codes(a.work).to(where) if a.looks else None
    read = reader(text, data, looks) if a.looks else None

    def loss_of(clean, noise, sigma, which, ids, keep_t5, drawings):
        s = sigma[:, None, None]
        places = net.places(16, 16)
        if a.keep:
            places = places[0][which]
        with autocast():
            context, pooled = text(*ids, keep_t5)
            velocity = net.tokens((1 - s) * clean + s * noise, places, sigma, context, pooled, stands_for(ids, clean.shape[1]))
        loss = (velocity.float() - (noise - clean)).pow(2).mean()
        if not a.looks:
            return loss, loss
        known = (drawings >= 0).float()[:, None]
        away = (pooled.float() @ read[:-1] + read[-1] - looks[drawings.clamp(min=0)]) * known
        return loss + a.looks * away.pow(2).sum() / (known.sum() + 1e-3) / looks.shape[1], loss

    step = torch.compile(loss_of, dynamic=False) if a.compile else loss_of

    def save():
        mean = {n: e for (n, _), e in zip(named, ema)}
        save_atomically(dict(net=net.state_dict(), text=text.state_dict(), averages=mean, optimizer=optimizer.state_dict(), muon=muon.buffers,
                             trained=[n for n, _ in named], state=state), path)

    recent, steps_here, base, seen_before = [], 0, state["minutes"], state["seen"]
    begin = last_print = last_save = time.time()
    told = []                                                          # a signal ends it as the minutes do: what was learnt is kept
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda number, _: told.append(number))
    while not told:
        spent = (time.time() - begin) / 60
        remaining = 1 - spent / a.decay if a.decay else 1.0
        if remaining <= 0 or (a.minutes and spent > a.minutes):
            break
        rate = a.lr * min(1, (steps_here + warm + 1) / 60) * remaining
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        latents, ids, keep_t5, drawings = data.batch(a.batch)
        clean, which = net.patches(latents), None
        if a.keep:
            which = interesting(clean, a.keep)
            clean = clean.gather(1, which[..., None].expand(-1, -1, clean.shape[2]))
        whole, loss = step(clean, torch.randn_like(clean), random_sigma(a.batch, a.high, where), which, ids, keep_t5, drawings)
        optimizer.zero_grad(set_to_none=True)
        whole.backward()
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
