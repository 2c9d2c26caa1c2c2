"""Step 3: the text encoders learn to say what a caption describes, before they ever steer a picture.

    python pretrain_text.py --work DIR --minutes 6

Every field of the scene (kind, background, objects, colours, relation, count ...) is predicted twice: from the
pooled vector, and by attention over the context tokens. The heads are thrown away; text.pt keeps the encoders.
"""
import random
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

import scenes
from common import arguments, autocast, one_thread, save_atomically
from models import TextEncoders
from objects import COLOURS, OBJECTS
from words import Tokenizers

NONE = -100
KINDS = list(scenes.KINDS)
BACKGROUNDS = COLOURS + scenes.SCENERY + scenes.TIMES
FIELDS = dict(kind=len(KINDS), style=3, background=len(set(BACKGROUNDS)), object1=len(OBJECTS), colour1=12, object2=len(OBJECTS),
              colour2=12, relation=5, count=4, size=3, place=1 + len(scenes.PLACES), ground=4, mountains=3, light=2, clouds=2,
              pattern=3, other=12, things=3)


def labels(scene):
    out = dict.fromkeys(FIELDS, NONE)
    background_names = sorted(set(BACKGROUNDS))
    out["kind"] = KINDS.index(scene["kind"])
    out["style"] = list(scenes.STYLES).index(scene["style"])
    out["background"] = background_names.index(scene["background"])
    objects = scene["objects"]
    out["things"] = min(2, len(objects)) if scene["kind"] != "count" else NONE
    for i, item in enumerate(objects[:1] if scene["kind"] == "count" else objects[:2]):
        out[f"object{i + 1}"] = list(OBJECTS).index(item[0])
        out[f"colour{i + 1}"] = COLOURS.index(item[1])
    if scene["kind"] == "pair":
        out["relation"] = list(scenes.RELATIONS).index(scene["relation"])
    if scene["kind"] == "count":
        out["count"] = scene["count"] - 1
    if scene["kind"] == "single":
        out["size"] = list(scenes.SIZES).index(scene["size"])
        out["place"] = 1 + list(scenes.PLACES).index(scene["place"]) if scene["place"] else 0
    if scene["kind"] == "land":
        out["ground"] = scenes.GROUNDS.index(scene["ground"])
        out["mountains"] = [None, "mountains", "snowy mountains"].index(scene["mountains"])
        out["light"] = int(bool(scene["light"]))
        out["clouds"] = int(scene["clouds"])
    if scene["kind"] == "pattern":
        out["pattern"] = ["checkerboard", "stripes", "polka dots"].index(scene["pattern"])
        out["other"] = COLOURS.index(scene["other"])
    return [out[f] for f in FIELDS]


class Heads(nn.Module):
    def __init__(self, context=192, pooled=160):
        super().__init__()
        self.from_pooled = nn.ModuleList(nn.Linear(pooled, n) for n in FIELDS.values())
        self.query = nn.Parameter(torch.randn(len(FIELDS), context) * 0.1)
        self.key = nn.Linear(context, context)
        self.from_context = nn.ModuleList(nn.Linear(context, n) for n in FIELDS.values())

    def forward(self, context, pooled):
        weight = (self.query @ self.key(context).transpose(1, 2) * context.shape[-1] ** -0.5).softmax(-1)
        found = weight @ context
        for i, (a, b) in enumerate(zip(self.from_pooled, self.from_context)):
            yield a(pooled), b(found[:, i])


def batch(tokenizers, seed, size):
    ids, wanted = ([], [], []), []
    for i in range(size):
        rng = random.Random(300_000_000 + seed * size + i)
        scene = scenes.random_scene(rng)
        for store, value in zip(ids, tokenizers(scenes.caption(rng, scene))):
            store.append(value)
        wanted.append(labels(scene))
    return [torch.tensor(x) for x in ids], torch.tensor(wanted)


def main():
    a = arguments(__doc__, minutes=(6.0, "CPU minutes"), batch=(192, "captions a step"))
    one_thread()
    torch.manual_seed(1)
    tokenizers = Tokenizers(a.work)
    text = TextEncoders(tokenizers.clip_count, tokenizers.t5_count)
    heads = Heads()
    parameters = list(text.parameters()) + list(heads.parameters())
    optimizer = torch.optim.AdamW(parameters, 2e-3, betas=(0.9, 0.98), weight_decay=0.01, foreach=True)
    start, step, last = time.process_time(), 0, time.time()
    while (done := (time.process_time() - start) / 60 / a.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * max(0.02, 1 - done)
        (l, g, t5), wanted = batch(tokenizers, step, a.batch)
        with autocast():
            context, pooled = text(l, g, t5)
            losses, right = [], []
            for i, pair in enumerate(heads(context, pooled)):
                for scores in pair:
                    if (wanted[:, i] != NONE).any():
                        losses.append(F.cross_entropy(scores.float(), wanted[:, i], ignore_index=NONE))
                        known = wanted[:, i] != NONE
                        right.append((scores.argmax(-1) == wanted[:, i])[known].float().mean().item())
            # keep the features in a comfortable range for the MMDiT
            size_loss = (context.float().pow(2).mean() - 1).clamp(min=0) + (pooled.float().pow(2).mean() - 1).clamp(min=0)
            loss = torch.stack(losses).mean() + 0.01 * size_loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if time.time() - last > 20:
            last = time.time()
            print(f"{done * a.minutes:.1f} min, step {step}, loss {loss.item():.4f}, right: mean {sum(right) / len(right):.3f} worst {min(right):.3f}, "
                  f"rms {context.float().pow(2).mean().sqrt().item():.2f} {pooled.float().pow(2).mean().sqrt().item():.2f}", flush=True)
            save_atomically(text.state_dict(), a.work + "/text.pt")
    save_atomically(text.state_dict(), a.work + "/text.pt")


if __name__ == "__main__":
    main()
