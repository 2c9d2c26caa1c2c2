"""The judge of things and styles: is what a picture shows, among all drawings of all things, nearest to what was asked for?

    python judge.py --work DIR --lists                        things/nouns-1000.txt and things/held-back-400.json
    python judge.py --work DIR --truth                        judges drawn scenes (should be near 1)
    python judge.py --work DIR --data ../../../test/adherence/from-training    drawings and backdrops for `npm run adherence`
    python judge.py --work DIR --model nano.pt --steps 28 --cfg 3 [--count 400] [--sheet sheet.png]

No network takes part. Each asked thing's part of the picture is cut out and compared, at 28 x 28 in Lab, with all things in the asked
style, drawn on the asked background and shifted by up to two cells. The thing is right if the nearest drawing is the asked one, or one that
hardly differs from it (EQUAL). The style is right if the asked thing is nearer in the asked hand than in the three others; pixel art is told
by its squares. Every prompt asks for a style, thing and background that training never put together.
"""
import json
import random

import numpy as np
from PIL import Image

import compose
import scenes
import things
from adherence import lab
from common import arguments
from objects import COLOURS, PALETTE

HANDS = things.Tiles.HANDS
TILE, CROP, SHIFT = 24, 28, 2
EQUAL, FAR = 7.0, 60.0


# ---------------------------------------------------------------------------------------------- prompts

def nouns():
    """The thousand: all things but signs and the faces that need most words to tell apart."""
    signs = {"other-symbol", "warning", "currency", "religion", "place-map", "flag", "emotion", "hand-fingers-open", "hand-fingers-partial"}
    kept = [i for i in things.IDS if things.GROUP[i] not in signs]
    kept.sort(key=lambda i: (i not in things.ASKED, len(things.LABEL[i].split()), things.IDS.index(i)))
    return kept[:1000]


def held(rng, thing, styles, backgrounds):
    options = [(s, b) for s in styles for b in backgrounds if compose.held_back(s, thing, b)]
    return rng.choice(options) if options else None


def backgrounds_for(style):
    return ["plain", *compose.PLACES, *[c for c in COLOURS if style != "line" or sum(PALETTE[c]) > 330]]


def make_prompts(seed=2027):
    """400: each of the things asked for most once, then pairs, riders, counts, and things asked for less."""
    rng, out, styles = random.Random(seed), [], list(compose.STYLES)

    def add(kind, objects, style, background, **more):
        scene = dict(kind=kind, style=style, background=background, objects=objects, say_style=style != "render", **more)
        text = compose.STYLE_WORDS[style][0].format(plain_caption(scene)) if style != "render" else plain_caption(scene)
        out.append(dict(id=f"{kind}-{sum(p['kind'] == kind for p in out) + 1}", kind=kind, prompt=text, seed=5000 + len(out), style=style, background=background,
                        objects=[dict(thing=t, x=x, y=y, r=r) for t, _, x, y, r in objects]))

    def radius(background):
        return (0.56, compose.PLACE_RADIUS) if background in compose.PLACES else (0.5, compose.RADIUS)

    def single(thing, i):
        found = held(rng, thing, [styles[i % len(styles)]], backgrounds_for(styles[i % len(styles)])) or held(rng, thing, styles, ["plain", *compose.PLACES])
        style, background = found
        y, r = radius(background)
        add("one", [(thing, None, 0.5, y, r)], style, background)

    for i, thing in enumerate(things.ASKED):
        single(thing, i)
    while len(out) < len(things.ASKED) + 34:
        a, b = rng.sample(things.ASKED, 2)
        found = held(rng, a, styles, ["plain", *compose.PLACES[:5]])
        if found and things.GROUP[a] != things.GROUP[b]:
            relation = ["left", "right", "above", "below"][len(out) % 4]
            low = 0.56 if found[1] in compose.PLACES else 0.5
            dx, dy = scenes.OFFSETS[relation]
            o, r = compose.PAIR_OFFSET, compose.PAIR_RADIUS
            add("pair", [(a, None, 0.5 + o * dx, low + o * dy, r), (b, None, 0.5 - o * dx, low - o * dy, r)], *found, relation=relation)
    riders = ["cat", "dog", "astronaut", "robot", "monkey", "penguin", "frog", "mage", "princess", "teddy-bear", "fox", "ninja", "baby", "clown-face"]
    mounts = ["horse", "elephant", "turtle", "dragon", "bicycle", "skateboard", "unicorn", "lion", "rocket", "whale", "pig", "motorcycle", "cow", "tiger"]
    for a, b in zip(riders, mounts):
        found = held(rng, a, styles, ["plain", *compose.PLACES]) or ("render", "plain")
        add("riding", [(a, None, 0.5, 0.31, 0.2), (b, None, 0.5, 0.67, 0.27)], *found)
    for i in range(24):
        while not (found := held(rng, thing := rng.choice(things.ASKED), styles, ["plain", *COLOURS])) or things.is_many(things.LABEL[thing]):
            pass
        places, r = scenes.LAYOUTS[2 + i % 3]
        add("many", [(thing, None, x, y, r * 1.12) for x, y in places], *found)
    rest = [i for i in nouns() if i not in things.ASKED]
    for i, thing in enumerate(rng.sample(rest, 400 - len(out))):
        single(thing, i)
    return out


def plain_name(thing):
    asked = [n for n in things.lines("asked-300.txt") if things.THING_OF[n] == thing]
    return asked[0] if asked else things.LABEL[thing]


def plain_caption(scene):
    rng, objects = random.Random(1), scene["objects"]
    say = lambda o: things.with_article(rng, plain_name(o[0]), plain_name(o[0]))
    if scene["kind"] == "many":
        text = f"{scenes.NUMBERS[len(objects)][0]} {things.plural(plain_name(objects[0][0]))}"
    elif len(objects) == 1:
        text = say(objects[0])
    else:
        between = "riding" if scene["kind"] == "riding" else scenes.RELATIONS[scene["relation"]][0]
        text = f"{say(objects[0])} {between} {say(objects[1])}"
    background = scene["background"]
    if background in compose.PLACES:
        return text + " " + compose.PLACE_WORDS[background][0]
    return text if background == "plain" else f"{text} on {scenes.article(background)} background"


def noun_prompts():
    """One for each of the thousand: the bare noun, as a newcomer says it."""
    return [dict(id=f"noun-{i + 1}", kind="noun", prompt=plain_caption(dict(kind="one", background="plain", objects=[(t, None, 0.5, 0.5, 0)])), seed=20000 + i, style="render",
                 background="plain", objects=[dict(thing=t, x=0.5, y=0.5, r=compose.RADIUS)]) for i, t in enumerate(nouns())]


def scene_of(p):
    return dict(kind=p["kind"], style=p["style"], background=p["background"], objects=[(o["thing"], None, o["x"], o["y"], o["r"]) for o in p["objects"]])


# ---------------------------------------------------------------------------------------------- measures

class Judge:
    """`tiles`: uint8 [things, hands, 24, 24, 4], straight RGBA."""

    def __init__(self, tiles):
        rgba = tiles.astype(np.float32)
        self.alpha = rgba[..., 3:] / 255
        self.colour = rgba[..., :3]

    def drawn(self, hand, ground):
        """Lab [things, 28, 28, 3]: every thing in a hand on `ground` (RGB [28, 28, 3])."""
        k, inner = HANDS.index(hand), slice(SHIFT, SHIFT + TILE)
        out = np.repeat(ground[None], len(self.colour), 0)
        out[:, inner, inner] += (self.colour[:, k] - out[:, inner, inner]) * self.alpha[:, k]
        return lab(out)

    def distances(self, seen, drawn):
        """[things]: least mean difference over the shifts; the shifted drawing's margin counts as background."""
        coarse = self.gap(seen, drawn)
        best = coarse.copy()
        near = np.argsort(coarse)[:60]
        for dy in range(-SHIFT, SHIFT + 1):
            for dx in range(-SHIFT, SHIFT + 1):
                if dx or dy:
                    best[near] = np.minimum(best[near], self.gap(seen, np.roll(drawn[near], (dy, dx), (1, 2))))
        return best

    @staticmethod
    def gap(seen, drawn):
        return np.minimum(np.sqrt(((seen - drawn) ** 2).sum(-1)), FAR).mean((1, 2))

    def part(self, picture, o):
        """RGB [28, 28, 3]: the square of a thing with its margin."""
        side = 2 * o["r"] * CROP / TILE * picture.shape[1]
        x, y = o["x"] * picture.shape[1] - side / 2, o["y"] * picture.shape[0] - side / 2
        image = Image.fromarray(picture).transform((112, 112), Image.AFFINE, (side / 112, 0, x, 0, side / 112, y), Image.BILINEAR)
        return np.asarray(image.resize((CROP, CROP), Image.BOX), np.float32)

    def look(self, picture, p):
        """[(thing right, style right, name of the nearest thing)] of every asked thing"""
        out = []
        empty = backdrop(p["background"], p["style"])
        hand = "flat" if p["style"] == "pixel" else p["style"]
        for o in p["objects"]:
            seen, ground, index = lab(self.part(picture, o)), self.part(empty, o), things.INDEX[o["thing"]]
            drawn = self.drawn(hand, ground)
            found = self.distances(seen, drawn)
            nearest = int(found.argmin())
            right = nearest == index or self.gap(drawn[index], drawn[nearest:nearest + 1])[0] < EQUAL
            hands = [self.distances(seen, self.drawn(h, ground)[index:index + 1])[0] for h in HANDS]
            pixel = squares(picture)
            styled = pixel if p["style"] == "pixel" else not pixel and HANDS[int(np.argmin(hands))] == hand
            out.append((right, styled, things.LABEL[things.IDS[nearest]]))
        return out


def squares(picture):
    """Whether the picture is made of squares of 8 pixels: steps inside them are far smaller than at their borders."""
    x = np.asarray(picture, np.float32).mean(2)
    across, down = np.abs(np.diff(x, axis=1)), np.abs(np.diff(x, axis=0))
    border = np.arange(255) % 8 == 7
    at, inside = across[:, border].mean() + down[border].mean(), across[:, ~border].mean() + down[~border].mean()
    return bool(inside < 0.25 * at)


def backdrop(background, style):
    canvas = compose.backdrop(random.Random(0), dict(background=background, style=style))
    if background in PALETTE:
        canvas[:] = PALETTE[background]
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def small_tiles(work):
    tiles = np.load(work + "/tiles.npy", mmap_mode="r")
    return np.stack([np.asarray(Image.fromarray(np.asarray(t)).convert("RGBa").resize((TILE, TILE), Image.BOX).convert("RGBA"))
                     for t in tiles.reshape(-1, *tiles.shape[2:])]).reshape(*tiles.shape[:2], TILE, TILE, 4)


def score(judge, prompts, pictures):
    """({measure: share right}, failures)"""
    results, failures = {}, []
    asked = set(things.ASKED)
    for p, picture in zip(prompts, pictures):
        looks = judge.look(np.asarray(picture), p)
        right, styled = all(l[0] for l in looks), all(l[1] for l in looks)
        add = lambda measure, value: results.setdefault(measure, []).append(float(value))
        add(dict(one="thing", noun="noun").get(p["kind"], p["kind"]), right)
        add("style", styled)
        add("thing in " + p["style"], right)
        if p["kind"] in ("one", "noun") and p["objects"][0]["thing"] in asked:
            add("asked most", right)
        if not right:
            failures.append((p["id"], [l[2] for l in looks]))
    return {k: (round(float(np.mean(v)), 3), len(v)) for k, v in results.items()}, failures


def write_data(work, folder):
    """The drawings as one sheet (a row of four hands for each thing) and the backdrops as another."""
    tiles = small_tiles(work)
    columns = 16
    rows = -(-len(tiles) // columns)
    sheet = np.zeros((rows * TILE, columns * 4 * TILE, 4), np.uint8)
    for i, hands in enumerate(tiles):
        for k, tile in enumerate(hands):
            y, x = i // columns * TILE, (i % columns * 4 + k) * TILE
            sheet[y:y + TILE, x:x + TILE] = tile
    Image.fromarray(sheet).save(folder + "/things.webp", quality=82, alpha_quality=80, method=6)
    grounds = np.concatenate([np.asarray(Image.fromarray(backdrop(p, "render")).resize((64, 64), Image.BOX)) for p in compose.PLACES])
    Image.fromarray(grounds).save(folder + "/places.png", optimize=True)
    about = dict(tile=TILE, columns=columns, hands=HANDS, things=things.IDS, names=[things.LABEL[i] for i in things.IDS], places=compose.PLACES,
                 asked=things.ASKED, prompts=make_prompts(), nouns=noun_prompts(), newcomer=things.lines("newcomer-20.txt"))
    with open(folder + "/things.json", "w") as f:
        json.dump(about, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    a = arguments(__doc__, lists=(False, "write the lists"), truth=(False, "judge drawn scenes"), data=("", "folder for the product's judge"), model=("", "checkpoint"),
                  steps=(28, "steps"), cfg=(3.0, "guidance"), count=(400, "prompts"), nouns=(False, "the thousand bare nouns"), sheet=("", "contact sheet"))
    if a.lists:
        with open(things.HERE + "/nouns-1000.txt", "w") as f:
            f.write("# The thousand nouns, by CLDR's names, written down before training.\n" + "\n".join(things.LABEL[i] for i in nouns()) + "\n")
        with open(things.HERE + "/held-back-400.json", "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(p) for p in make_prompts()) + "\n]\n")
    if a.data:
        write_data(a.work, a.data)
    if a.truth or a.model:
        prompts = (noun_prompts() if a.nouns else make_prompts())
        prompts = prompts[::max(1, len(prompts) // a.count)]
        judge = Judge(small_tiles(a.work))
        if a.truth:
            pictures = [np.asarray(compose.draw(random.Random(i), scene_of(p))) for i, p in enumerate(prompts)]
        else:
            from common import one_thread
            from evaluate import pictures_of, sheet
            from sampling import Decode, load
            one_thread()
            pictures = pictures_of(load(a.work, f"{a.work}/{a.model}"), [p["prompt"] for p in prompts], [p["seed"] for p in prompts], a.steps, a.cfg, Decode(a.work))
        results, failures = score(judge, prompts, pictures)
        print(results)
        print(failures[:40])
        if a.sheet and a.model:
            sheet(pictures[:96], [p["prompt"] for p in prompts[:96]], a.sheet, columns=12)
