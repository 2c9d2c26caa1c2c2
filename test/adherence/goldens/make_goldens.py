"""Pictures and what models/nano/training/adherence.py says of them, for the test that the TypeScript measures agree.

    python make_goldens.py ../../../models/nano/training

needs what the training needs (numpy, pillow, torch). Writes pictures.png, 8 squares of 256 a row, and goldens.json:
for each square the number of its prompt and the findings. The first half is drawn as the prompts ask; the rest is
spoiled: blurred, moved, in another colour, another thing, covered, blotched, cut, empty.
"""
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, sys.argv[1])

import numpy as np  # noqa: E402
from PIL import Image, ImageChops, ImageDraw, ImageFilter  # noqa: E402

import adherence  # noqa: E402
import scenes  # noqa: E402
from objects import COLOURS, OBJECTS  # noqa: E402

COLUMNS, SIDE, TRUE, SPOILED = 8, 256, 24, 32
sys.argv = sys.argv[:1]


def other(rng, options, but):
    return rng.choice([x for x in options if x != but])


def changed(rng, prompt, **change):
    return scenes.draw(rng, adherence.scene_of({**prompt, **change}))


def another_thing(rng, p):
    if p["kind"] == "land":
        return changed(rng, p, ground=other(rng, scenes.GROUNDS, p["ground"]), mountains=None)
    return changed(rng, p, object=other(rng, list(OBJECTS), p["object"]))


def another_colour(rng, p):
    if p["kind"] == "land":
        return changed(rng, p, time=other(rng, scenes.TIMES, p["time"]), light=None)
    return changed(rng, p, colour=other(rng, COLOURS, p["colour"]))


def another_background(rng, p):
    return another_colour(rng, p) if p["kind"] == "land" else changed(rng, p, background=other(rng, COLOURS, p["background"]))


def blotched(rng, p):
    """Square stains of up to 60 levels."""
    picture = changed(rng, p)
    stains = np.array([[[rng.randint(-60, 60) for _ in range(3)] for _ in range(16)] for _ in range(16)])
    stains = Image.fromarray(np.uint8(stains + 128)).resize(picture.size, Image.NEAREST)
    return Image.fromarray(np.uint8(np.clip(np.asarray(picture, int) + np.asarray(stains, int) - 128, 0, 255)))


def covered(rng, p):
    picture = changed(rng, p)
    x, y = rng.randint(60, 150), rng.randint(60, 150)
    ImageDraw.Draw(picture).ellipse([x, y, x + 70, y + 50], fill=tuple(rng.randint(0, 255) for _ in range(3)))
    return picture


SPOILERS = [another_thing, another_colour, another_background, blotched, covered,
            lambda rng, p: changed(rng, p).filter(ImageFilter.GaussianBlur(9)),
            lambda rng, p: ImageChops.offset(changed(rng, p), rng.randint(-90, 90), rng.randint(-70, 70)),
            lambda rng, p: changed(rng, p).resize((24, 24), Image.BOX).resize((SIDE, SIDE), Image.NEAREST)]


def findings(prompt, picture):
    """The scores of one picture, and what led to them."""
    pixels = np.asarray(picture)
    seen = adherence.Seen(pixels)
    out = dict(scores=adherence.score([prompt], [pixels])[0], background=seen.background_name(), pieces=[len(q) for q in seen.pieces()])
    if prompt["kind"] == "shape":
        out["shape"] = adherence.best_shape(seen)
    if prompt["kind"] == "icon":
        out["icon"] = adherence.best_icon(seen, prompt["colour"], prompt["background"])
    if prompt["kind"] == "land":
        out["parts"] = {k: bool(v) for k, v in adherence.land_parts(seen, prompt).items()}
    return out


def main():
    rng, prompts = random.Random(12), adherence.make_prompts()
    cases = [(i, changed(rng, prompts[i])) for i in range(0, len(prompts), len(prompts) // TRUE)][:TRUE]
    for k in range(SPOILED - 1):
        i = 3 + k * len(prompts) // SPOILED
        cases.append((i, SPOILERS[k % len(SPOILERS)](rng, prompts[i])))
    cases.append((199, Image.new("RGB", (SIDE, SIDE), (40, 90, 200))))
    sheet = Image.new("RGB", (COLUMNS * SIDE, -(-len(cases) // COLUMNS) * SIDE))
    for n, (_, picture) in enumerate(cases):
        sheet.paste(picture, (n % COLUMNS * SIDE, n // COLUMNS * SIDE))
    sheet.save(HERE + "/pictures.png", optimize=True)
    with open(HERE + "/goldens.json", "w") as f:
        json.dump([dict(prompt=i, **findings(prompts[i], picture)) for i, picture in cases], f, indent=1)
        f.write("\n")


main()
