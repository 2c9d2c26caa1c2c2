"""Step 3: the text encoders learn to say what a caption describes, before they ever steer a picture.

    python pretrain_text.py --work DIR --minutes 6 [--keep | --anchor]

Every field of the scene (kind, background, things, colours, style, relation, count ...) is predicted twice: from the
pooled vector, and by attention over the context tokens. So is what each thing looks like in its style: 96 principal components of
the drawing at 16 x 16, which gives words of similar things similar vectors. The transformer then only has to learn how those are
painted, which is the same for all things: with 0.9 of the codes' variance told, nearly every drawing can be told from all others; with 0.4, none.
The heads are thrown away; text.pt keeps the encoders.

`--keep` goes on from text.pt of grow.py and teaches the embeddings of new words only. `--anchor` teaches everything, and keeps
what is said of captions of the old world near what the first text.pt says (anchor.pt), so that a transformer trained on them still understands.
Captions are sorted by length and cut to the longest of each batch (the pad positions behind cost as much as words), but in the last quarter.
"""
import copy
import os
import random
import shutil
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
from muon import Muon
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
SHARES = dict(render=0.28, flat=0.15, cartoon=0.17, line=0.30, pixel=0.10)          # of styles: what ink leaves of a thing is the hardest to tell
CODE = 96


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
        if not old and not item[1]:
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
                          for t in tiles.reshape(-1, *tiles.shape[2:])]) / 255          # premultiplied, with its shape
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


def batches(tokenizers, seed, size, full, many=4):
    """`many` batches of (ids of the three encoders, classes, drawings, of the old world), cut to the longest caption of each unless `full`"""
    rows = []
    for i in range(size * many):
        rng = random.Random(300_000_000 + seed * size * many + i)
        scene = world.random_scene(rng)
        rows.append((*tokenizers(world.caption(rng, scene)), *labels(scene), scene["world"] == "shapes"))
    *ids, classes, drawings, old = (torch.tensor(column) for column in zip(*rows))
    needed = tokenizers.lengths(ids)
    for part in needed.argsort(stable=True).split(size):
        length = ids[0].shape[1] if full else int(needed[part[-1]])
        yield [x[part, :length] for x in ids], classes[part], drawings[part], old[part]


def main():
    a = arguments(__doc__, minutes=(6.0, "CPU minutes (minutes, on a graphics card)"), batch=(192, "captions a step"), keep=(False, "go on from text.pt and teach new words only"),
                  anchor=(False, "go on from text.pt, teach all, and stay near anchor.pt on captions of the old world"), lr=(2e-3, "learning rate"), first=(0, "number of the first batch"))
    one_thread()
    compose.STYLES.update(SHARES)
    torch.manual_seed(1)
    tokenizers, where = Tokenizers(a.work), device()
    text, anchor = TextEncoders(tokenizers.clip_count, tokenizers.t5_count).to(where), None
    if a.keep or a.anchor:
        text.load_state_dict(torch.load(a.work + "/text.pt", map_location=where))
    if a.anchor:
        if not os.path.exists(a.work + "/anchor.pt"):
            shutil.copyfile(a.work + "/text.pt", a.work + "/anchor.pt")
        anchor = copy.deepcopy(text).requires_grad_(False)
        anchor.load_state_dict(torch.load(a.work + "/anchor.pt", map_location=where))
    looks = codes(a.work).to(where)
    heads = Heads(text.width, GEOMETRY["clip_l"]["width"] + GEOMETRY["clip_g"]["width"]).to(where)
    if os.path.exists(a.work + "/text-heads.pt"):
        heads.load_state_dict(torch.load(a.work + "/text-heads.pt"))
    tables = ((text.clip_l.text_model.embeddings.token_embedding, "clip"), (text.clip_g.text_model.embeddings.token_embedding, "clip"), (text.t5xxl.shared, "t5"))
    new_rows = {}
    if a.keep:
        new = torch.load(a.work + "/text-new.pt")
        text.requires_grad_(False)
        for table, kind in tables:
            new_rows[table.weight.requires_grad_(True)] = new[kind].float()[:, None].to(where)
    text.clip_l.text_projection.requires_grad_(False)      # nobody asks for it
    words = [table.weight for table, _ in tables]
    taught = {id(w) for w in words}
    layers = [p for p in text.parameters() if p.requires_grad and id(p) not in taught]
    is_matrix = lambda p: p.ndim == 2 and min(p.shape) > 32
    matrices, rest = [p for p in layers if is_matrix(p)], [p for p in layers if not is_matrix(p)]
    parameters = words + layers + list(heads.parameters())
    optimizer = torch.optim.AdamW([dict(params=words, share=2.0), dict(params=rest, share=1.0), dict(params=list(heads.parameters()), share=1.0)],
                                  a.lr, betas=(0.9, 0.98), weight_decay=0.0 if a.keep or a.anchor else 0.01, foreach=True)
    muon = Muon(matrices)
    clock = time.time if where == "cuda" else time.process_time
    start, step, last, fetched = clock(), 0, time.time(), []

    def save():
        save_atomically(text.state_dict(), a.work + "/text.pt")
        save_atomically(heads.state_dict(), a.work + "/text-heads.pt")

    while (done := (clock() - start) / 60 / a.minutes) < 1:
        rate = a.lr * min(1, (step + 1) / 50) * max(0.02, min(1, 2 * (1 - done)))
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        fetched = fetched or list(batches(tokenizers, a.first + step, a.batch, done > 0.75))
        ids, wanted, drawings, old = fetched.pop(random.randrange(len(fetched)))
        ids, wanted, drawings, old = [i.to(where) for i in ids], wanted.to(where), drawings.to(where), old.to(where)
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
            away = torch.zeros(())
            if anchor is not None and old.any():
                before = anchor(*[i[old] for i in ids])
                away = sum(F.mse_loss(now.float()[old], then.float()) for now, then in zip((context, pooled), before))
            loss = torch.stack(losses).mean() + 2 * torch.stack(drawn[:2]).mean() + 0.5 * torch.stack(drawn).mean() + 0.01 * size_loss + away
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for weight, rows in new_rows.items():
            weight.grad *= rows
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        muon.step(rate)
        step += 1
        if time.time() - last > 20:
            last = time.time()
            worst = min(right, key=lambda f: min(right[f]))
            print(f"{time.strftime('%H:%M:%S')} {done * a.minutes:.1f} min, step {step}, loss {loss.item():.4f}, things {right['object1'][0]:.2f} {right['object1'][1]:.2f}, "
                  f"style {min(right.get('style', [0])):.2f}, worst {worst} {min(right[worst]):.2f}, looks {' '.join(f'{x.item():.3f}' for x in drawn)}, away {away.item():.4f}, "
                  f"rms {context.float().pow(2).mean().sqrt().item():.2f} {pooled.float().pow(2).mean().sqrt().item():.2f}", flush=True)
            save()
    save()


if __name__ == "__main__":
    main()
