"""Step 3: the text encoders learn to say what a caption describes, before they ever steer a picture.

    python pretrain_text.py --work DIR --minutes 6 [--keep]

Every field of the scene (kind, background, things, colours, style, relation, count ...) is predicted twice: from the
pooled vector, and by attention over the context tokens. So is what each thing looks like in its style: 64 principal components of
the drawing at 16 x 16, which gives words of similar things similar vectors. The heads are thrown away; text.pt keeps the encoders.

`--keep` goes on from text.pt of grow.py and teaches the embeddings of new words only: what is said of captions in old words
stays as it is, so that a transformer trained on them still understands.
"""
import os
import random
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import compose
import scenes
import things
import world
from common import arguments, autocast, device, one_thread, save_atomically
from models import GEOMETRY, TextEncoders
from objects import COLOURS, OBJECTS
from words import Tokenizers

NONE = -100
KINDS = list(scenes.KINDS) + list(compose.KINDS)
STYLES = [*compose.STYLES, "clay"]
BACKGROUNDS = sorted({*COLOURS, *scenes.SCENERY, *scenes.TIMES, *compose.PLACES, "plain"})
THINGS = things.IDS + ["icon " + k for k in OBJECTS]
RELATIONS = [*scenes.RELATIONS, "riding"]
COLOURED = [*COLOURS, None]
FIELDS = dict(kind=len(KINDS), style=len(STYLES), background=len(BACKGROUNDS), object1=len(THINGS), colour1=len(COLOURED), object2=len(THINGS),
              colour2=len(COLOURED), relation=len(RELATIONS), count=4, size=3, place=1 + len(scenes.PLACES), ground=4, mountains=3, light=2, clouds=2,
              pattern=3, other=12, things=3)
WEIGHT = dict(object1=3.0, object2=3.0)
CODE = 64


def labels(scene):
    """(class of each field, [drawing of the first thing, of the second] as index into the codes or -1)"""
    out, drawings = dict.fromkeys(FIELDS, NONE), [-1, -1]
    old, kind, objects = scene["world"] == "shapes", scene["kind"], scene["objects"]
    many = kind in ("count", "many")
    out["kind"] = KINDS.index(kind)
    if not old or scene["style"] != "flat":
        out["style"] = STYLES.index(scene["style"])
    out["background"] = BACKGROUNDS.index(scene["background"])
    out["things"] = NONE if many else min(2, len(objects))
    for i, item in enumerate(objects[:1] if many else objects[:2]):
        out[f"object{i + 1}"] = THINGS.index("icon " + item[0]) if old else things.INDEX[item[0]]
        out[f"colour{i + 1}"] = COLOURED.index(item[1])
        if not old:
            hand = "flat" if scene["style"] == "pixel" else scene["style"]
            drawings[i] = things.INDEX[item[0]] * 4 + things.Tiles.HANDS.index(hand)
    if "relation" in scene or kind == "riding":
        out["relation"] = RELATIONS.index(scene.get("relation", "riding"))
    if many:
        out["count"] = len(objects) - 1
    if kind == "single":
        out["size"] = list(scenes.SIZES).index(scene["size"])
        out["place"] = 1 + list(scenes.PLACES).index(scene["place"]) if scene["place"] else 0
    if kind == "land":
        out["ground"] = scenes.GROUNDS.index(scene["ground"])
        out["mountains"] = [None, "mountains", "snowy mountains"].index(scene["mountains"])
        out["light"] = int(bool(scene["light"]))
        out["clouds"] = int(scene["clouds"])
    if kind == "pattern":
        out["pattern"] = ["checkerboard", "stripes", "polka dots"].index(scene["pattern"])
        out["other"] = COLOURS.index(scene["other"])
    return [out[f] for f in FIELDS], drawings


def codes(work):
    """float32 [things * 4, CODE]: what each drawing looks like, deviation 1 over all."""
    path = work + "/codes.npy"
    if not os.path.exists(path):
        tiles = np.load(work + "/tiles.npy", mmap_mode="r")
        small = np.stack([np.asarray(Image.fromarray(np.asarray(t)).convert("RGBa").resize((16, 16), Image.BOX), np.float32)
                          for t in tiles.reshape(-1, *tiles.shape[2:])]) / 255
        small[..., :3] += 0.5 * (1 - small[..., 3:])                   # on gray
        x = small.reshape(len(small), -1)
        x = x - x.mean(0)
        basis = np.linalg.eigh(x.T @ x)[1][:, ::-1][:, :CODE]
        found = x @ basis
        np.save(path, (found / found.std()).astype(np.float32))
    return torch.from_numpy(np.load(path))


class Heads(nn.Module):
    """Two guesses of each field and of each drawing: from the pooled vector, and from what its own query finds in the context."""

    def __init__(self, context, pooled):
        super().__init__()
        sizes = [*FIELDS.values(), CODE, CODE]
        self.from_pooled = nn.ModuleList(nn.Linear(pooled, n) for n in sizes)
        self.query = nn.Parameter(torch.randn(len(sizes), context) * 0.1)
        self.key = nn.Linear(context, context)
        self.from_context = nn.ModuleList(nn.Linear(context, n) for n in sizes)

    def forward(self, context, pooled):
        weight = (self.query @ self.key(context).transpose(1, 2) * context.shape[-1] ** -0.5).softmax(-1)
        found = weight @ context
        return [(a(pooled), b(found[:, i])) for i, (a, b) in enumerate(zip(self.from_pooled, self.from_context))]


def batch(tokenizers, seed, size):
    """(ids of the three encoders, classes, drawings)"""
    ids, wanted, drawings = ([], [], []), [], []
    for i in range(size):
        rng = random.Random(300_000_000 + seed * size + i)
        scene = world.random_scene(rng)
        for store, value in zip(ids, tokenizers(world.caption(rng, scene))):
            store.append(value)
        classes, drawn = labels(scene)
        wanted.append(classes)
        drawings.append(drawn)
    return [torch.tensor(x) for x in ids], torch.tensor(wanted), torch.tensor(drawings)


def main():
    a = arguments(__doc__, minutes=(6.0, "CPU minutes (minutes, on a graphics card)"), batch=(192, "captions a step"), keep=(False, "go on from text.pt and teach new words only"),
                  lr=(2e-3, "learning rate"), first=(0, "number of the first batch"))
    one_thread()
    torch.manual_seed(1)
    tokenizers, where = Tokenizers(a.work), device()
    text = TextEncoders(tokenizers.clip_count, tokenizers.t5_count).to(where)
    text.load_state_dict(torch.load(a.work + "/text.pt", map_location=where)) if a.keep else None
    looks = codes(a.work).to(where)
    heads = Heads(text.width, GEOMETRY["clip_l"]["width"] + GEOMETRY["clip_g"]["width"]).to(where)
    if os.path.exists(a.work + "/text-heads.pt"):
        heads.load_state_dict(torch.load(a.work + "/text-heads.pt"))
    new_rows = {}
    if a.keep:
        new = torch.load(a.work + "/text-new.pt")
        text.requires_grad_(False)
        for table, kind in ((text.clip_l.text_model.embeddings.token_embedding, "clip"), (text.clip_g.text_model.embeddings.token_embedding, "clip"), (text.t5xxl.shared, "t5")):
            new_rows[table.weight.requires_grad_(True)] = new[kind].float()[:, None].to(where)
    said = [p for p in text.parameters() if p.requires_grad]
    parameters = said + list(heads.parameters())
    optimizer = torch.optim.AdamW([dict(params=said), dict(params=list(heads.parameters()))], a.lr, betas=(0.9, 0.98), weight_decay=0.0 if a.keep else 0.01, foreach=True)
    clock = time.time if where == "cuda" else time.process_time
    start, step, last = clock(), 0, time.time()

    def save():
        save_atomically(text.state_dict(), a.work + "/text.pt")
        save_atomically(heads.state_dict(), a.work + "/text-heads.pt")

    while (done := (clock() - start) / 60 / a.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = a.lr * min(1, (step + 1) / 50) * max(0.02, 1 - done)
        ids, wanted, drawings = (x.to(where) if torch.is_tensor(x) else [i.to(where) for i in x] for x in batch(tokenizers, a.first + step, a.batch))
        with autocast():
            context, pooled = text(*ids)
            guesses = heads(context, pooled)
            losses, right = [], {}
            for i, (field, pair) in enumerate(zip(FIELDS, guesses)):
                known = wanted[:, i] != NONE
                if known.any():
                    for scores in pair:
                        losses.append(WEIGHT.get(field, 1.0) * F.cross_entropy(scores.float(), wanted[:, i], ignore_index=NONE))
                        right.setdefault(field, []).append((scores.argmax(-1) == wanted[:, i])[known].float().mean().item())
            drawn = []
            for k, pair in enumerate(guesses[-2:]):
                which = drawings[:, k] >= 0
                drawn += [F.mse_loss(x.float()[which], looks[drawings[which, k]]) for x in pair if which.any()]
            # keep the features in a comfortable range for the MMDiT
            size_loss = (context.float().pow(2).mean() - 1).clamp(min=0) + (pooled.float().pow(2).mean() - 1).clamp(min=0)
            loss = torch.stack(losses).mean() + torch.stack(drawn).mean() + 0.01 * size_loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for weight, rows in new_rows.items():
            weight.grad *= rows
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if time.time() - last > 20:
            last = time.time()
            worst = min(right, key=lambda f: min(right[f]))
            print(f"{time.strftime('%H:%M:%S')} {done * a.minutes:.1f} min, step {step}, loss {loss.item():.4f}, things {right['object1'][0]:.2f} {right['object1'][1]:.2f}, "
                  f"style {min(right['style']):.2f}, worst {worst} {min(right[worst]):.2f}, looks {torch.stack(drawn).mean().item():.3f}, "
                  f"rms {context.float().pow(2).mean().sqrt().item():.2f} {pooled.float().pow(2).mean().sqrt().item():.2f}", flush=True)
            save()
    save()


if __name__ == "__main__":
    main()
