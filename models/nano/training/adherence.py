"""The 200 held-back prompts and the measures that say whether a picture obeys its prompt. No network involved.

    python adherence.py --data ../../../test/adherence/from-training   writes prompts, colours and drawings for `npm run adherence`
    python adherence.py --truth                               scores the drawn scenes themselves (should be near 1)

Every prompt asks for a (colour, object, background) triple, or a landscape, that training never saw.
"""
import json
import random

import numpy as np
from PIL import Image

import scenes
from common import arguments
from objects import COLOURS, ICONS, NATURAL, OBJECTS, PALETTE, SHAPES, Pen, mix, names, plural

# free prompts for a contact sheet to look at
SHEET = ["a black cat and a yellow moon at night", "a red heart on a white background", "a blue car on a yellow background", "a green tree on a pink background",
         "an orange cat", "a brown dog on a blue background", "a white rocket at night", "a yellow star at night",
         "a yellow sun on a blue background", "a red house in a meadow", "a red boat on the sea", "a purple fish on a turquoise background",
         "a red apple on a green background", "a pink flower on a white background", "a yellow smiley on a purple background", "a white ghost on a black background",
         "a yellow crown on a red background", "a red mushroom on a green background", "a green cactus in the desert", "a snowman in the snow",
         "a red balloon on a blue background", "a purple umbrella on a yellow background", "a blue bird on a white background", "a turquoise cup on a brown background",
         "a red circle on a blue background", "a green triangle on a white background", "a purple hexagon on a yellow background", "an orange ring on a black background",
         "a white cross on a red background", "a yellow diamond on a purple background", "a blue square on an orange background", "a pink star on a brown background",
         "a red circle left of a blue square on a white background", "a white cat above a brown dog on a green background",
         "a yellow star above a blue house on a black background", "a green tree right of a red car on a white background",
         "two red apples on a white background", "three blue hearts on a yellow background", "four green stars on a pink background", "one orange mushroom on a black background",
         "snowy mountains and a red boat on the sea at sunset", "a green meadow with a house and a tree by day", "a desert with a cactus and the sun",
         "mountains in a snowy field at night with the moon", "pixel art of a red heart on a blue background", "a clay render of a blue star on a white background",
         "a clay render of an orange cat on a green background", "red and white checkerboard"]

GRID = 64
ICON_TEMPLATES = [*ICONS, "heart", "star", "moon"]
ONE_PIECE = ["circle", "square", "triangle", "star", "heart", "diamond", "hexagon", "ring", "cross", "cat", "dog", "apple", "cactus", "ghost", "cloud", "sun"]
PAIR_OBJECTS = ["circle", "square", "triangle", "star", "heart", "diamond", "hexagon", "ring", "cross", "moon", "cat", "dog", "apple",
                "cactus", "ghost", "cloud", "sun", "balloon", "umbrella", "crown", "smiley", "car", "fish", "bird", "pine"]


# ---------------------------------------------------------------------------------------------- prompts

def clear(a, b):
    return scenes.distance(a, b) > 200


def held_triple(rng, kind):
    while True:
        colour, background = rng.choice(COLOURS), rng.choice(COLOURS)
        if clear(colour, background) and scenes.held_back(colour, kind, background):
            return colour, background


def make_prompts(seed=2026):
    rng, out = random.Random(seed), []

    def add(kind, prompt, **expected):
        out.append(dict(id=f"{kind}-{sum(p['kind'] == kind for p in out) + 1}", kind=kind, prompt=prompt, seed=1000 + len(out), **expected))

    for kind in list(SHAPES) * 6:
        colour, background = held_triple(rng, kind)
        add("shape", f"{scenes.article(colour)} {kind} on {scenes.article(background)} background", object=kind, colour=colour, background=background)
    for kind in ICON_TEMPLATES * 2:
        if len([p for p in out if p["kind"] == "icon"]) == 48:
            break
        colour, background = held_triple(rng, kind)
        add("icon", f"{scenes.article(colour)} {names(kind)[0]} on {scenes.article(background)} background", object=kind, colour=colour, background=background)
    while len([p for p in out if p["kind"] == "pair"]) < 40:
        a, b = rng.sample(PAIR_OBJECTS, 2)
        colour, background = held_triple(rng, a)
        other = rng.choice(COLOURS)
        relation = ["left", "right", "above", "below"][len(out) % 4]
        if clear(other, colour) and clear(other, background):
            add("pair", f"{scenes.article(colour)} {names(a)[0]} {scenes.RELATIONS[relation][0]} {scenes.article(other)} {names(b)[0]} on {scenes.article(background)} background",
                object=a, colour=colour, other_object=b, other_colour=other, relation=relation, background=background)
    for i in range(24):
        kind, count = rng.choice(ONE_PIECE), 1 + i % 4
        colour, background = held_triple(rng, kind)
        name = names(kind)[0]
        add("count", f"{scenes.NUMBERS[count][0]} {colour} {plural(name) if count > 1 else name} on {scenes.article(background)} background",
            object=kind, colour=colour, count=count, background=background)
    while len([p for p in out if p["kind"] == "land"]) < 28:
        scene = scenes.make_land(rng)
        if not scenes.land_held_back(scene) or len(scene["objects"]) > 1 or any(p.get("prompt") == land_prompt(scene) for p in out):
            continue
        add("land", land_prompt(scene), time=scene["time"], ground=scene["ground"], mountains=scene["mountains"], light=scene["light"],
            objects=[[o[0], o[1]] for o in scene["objects"]])
    return out


def land_prompt(scene):
    ground = dict(sea="the sea", meadow="a green meadow", desert="a desert", snow="a snowy field")[scene["ground"]]
    time = dict(day=" by day", sunset=" at sunset", night=" at night")[scene["time"]]
    things = [scene["mountains"]] if scene["mountains"] else []
    things += [scenes.article(f"{o[1]} {names(o[0])[0]}") for o in scene["objects"]]
    if scene["light"]:
        things.append("the " + scene["light"])
    return ground + (" with " + scenes.join(things) if things else "") + time


def scene_of(p):
    """The scene a prompt asks for (for drawing the truth)."""
    base = dict(style="flat", background=p.get("background"))
    if p["kind"] in ("shape", "icon"):
        return dict(base, kind="single", objects=[(p["object"], p["colour"], 0.5, 0.5, 0.31)])
    if p["kind"] == "pair":
        dx, dy = scenes.OFFSETS[p["relation"]]
        d, r = scenes.PAIR_OFFSET, scenes.PAIR_RADIUS
        return dict(base, kind="pair", objects=[(p["object"], p["colour"], 0.5 + d * dx, 0.5 + d * dy, r),
                                                (p["other_object"], p["other_colour"], 0.5 - d * dx, 0.5 - d * dy, r)])
    if p["kind"] == "count":
        places, r = scenes.LAYOUTS[p["count"]]
        return dict(base, kind="count", objects=[(p["object"], p["colour"], x, y, r) for x, y in places])
    return dict(base, kind="land", background=p["time"], time=p["time"], ground=p["ground"], mountains=p["mountains"], light=p["light"],
                clouds=False, light_side="left", objects=[(o, c, 0.72, 0.72, 0.155) for o, c in p["objects"]])


# ---------------------------------------------------------------------------------------------- measures

def lab(rgb):
    c = np.asarray(rgb, np.float64) / 255
    c = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    x = c @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T / np.array([0.9505, 1, 1.089])
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


PALETTE_LAB = lab([PALETTE[c] for c in COLOURS])


def difference(a, b):
    return np.sqrt(((a - b) ** 2).sum(-1))


def named(pixels_lab):
    """Index of the nearest palette colour."""
    return ((pixels_lab[..., None, :] - PALETTE_LAB) ** 2).sum(-1).argmin(-1)


class Seen:
    """What the measures look at: the picture at 64 x 64 in Lab, its background, its foreground and pieces."""

    def __init__(self, picture):
        small = np.asarray(Image.fromarray(picture).resize((GRID, GRID), Image.BOX), np.float64)
        self.lab = lab(small)
        edge = np.concatenate([self.lab[:3].reshape(-1, 3), self.lab[-3:].reshape(-1, 3), self.lab[:, :3].reshape(-1, 3), self.lab[:, -3:].reshape(-1, 3)])
        self.background = np.median(edge, 0)
        self.mask = difference(self.lab, self.background) > 20
        self.names = named(self.lab)

    def background_name(self):
        return COLOURS[int(named(self.background))]

    def pieces(self, least=12):
        left, out = self.mask.copy(), []
        for y, x in np.argwhere(left):
            if not left[y, x]:
                continue
            stack, points = [(y, x)], []
            left[y, x] = False
            while stack:
                cy, cx = stack.pop()
                points.append((cy, cx))
                for ny in (cy - 1, cy, cy + 1):
                    for nx in (cx - 1, cx, cx + 1):
                        if 0 <= ny < GRID and 0 <= nx < GRID and left[ny, nx]:
                            left[ny, nx] = False
                            stack.append((ny, nx))
            if len(points) >= least:
                out.append(np.array(points))
        return sorted(out, key=len, reverse=True)

    def crop(self, size=32):
        """(foreground, Lab) of the bounding square of all pieces, at size x size."""
        pieces = self.pieces()
        if not pieces:
            return None
        points = np.concatenate(pieces)
        (y0, x0), (y1, x1) = points.min(0), points.max(0)
        side = max(y1 - y0, x1 - x0) + 1
        cy, cx = (y0 + y1) / 2, (x0 + x1) / 2
        ys = np.round(cy + (np.arange(size) + 0.5) * side / size - side / 2 - 0.5).astype(int)
        xs = np.round(cx + (np.arange(size) + 0.5) * side / size - side / 2 - 0.5).astype(int)
        inside = ((ys >= 0) & (ys < GRID))[:, None] & ((xs >= 0) & (xs < GRID))[None]
        yy, xx = np.clip(ys, 0, GRID - 1)[:, None], np.clip(xs, 0, GRID - 1)[None]
        return self.mask[yy, xx] & inside, np.where(inside[..., None], self.lab[yy, xx], self.background)


def template(kind, colour, background):
    key = (kind, colour, background)
    if key not in template.cache:
        image = Image.new("RGB", (scenes.N, scenes.N), PALETTE[background])
        OBJECTS[kind](Pen(image, 0.5 * scenes.N, 0.5 * scenes.N, 0.31 * scenes.N), PALETTE[colour])
        template.cache[key] = Seen(np.asarray(image.reduce(scenes.OVER)))
    return template.cache[key]


template.cache = {}


def best_shape(seen):
    crop = seen.crop()
    if crop is None:
        return None
    def overlap(kind):
        m = template(kind, "black", "white").crop()[0]
        return (m & crop[0]).sum() / max(1, (m | crop[0]).sum())
    return max(SHAPES, key=overlap)


def best_icon(seen, colour, background):
    crop = seen.crop()
    if crop is None:
        return None
    def error(kind):
        other = template(kind, colour, background).crop()
        return np.minimum(difference(crop[1], other[1]), 60).mean() if other else 99
    return min(ICON_TEMPLATES, key=error)


def colour_right(seen, p):
    """At least half as much of the named colour as the drawn template has."""
    share = lambda s: (s.names == COLOURS.index(p["colour"]))[s.mask].mean() if s.mask.any() else 0
    return share(seen) >= 0.5 * share(template(p["object"], p["colour"], p["background"]))


def pair_right(seen, p):
    at = []
    for colour in (p["colour"], p["other_colour"]):
        points = np.argwhere((seen.names == COLOURS.index(colour)) & seen.mask)
        if len(points) < 40:
            return False
        at.append(points.mean(0))
    (ay, ax), (by, bx) = at
    dx, dy = bx - ax, by - ay
    return bool(dict(left=dx > max(8, abs(dy)), right=-dx > max(8, abs(dy)), above=dy > max(8, abs(dx)), below=-dy > max(8, abs(dx)))[p["relation"]])


def count_right(seen, p):
    pieces = seen.pieces()
    if not pieces:
        return False
    return sum(len(q) > 0.3 * len(pieces[0]) for q in pieces) == p["count"]


def land_parts(seen, p):
    """Which of the asked parts are there: {part: bool}"""
    shade = lambda c: mix(c, (12, 16, 48), scenes.DIM[p["time"]])
    nearest = lambda colour, options: min(options, key=lambda k: difference(colour, lab(options[k])))
    found = {}
    top = np.median(seen.lab[1:5].reshape(-1, 3), 0)
    found["sky"] = nearest(top, {t: scenes.SKY[t][0] for t in scenes.TIMES}) == p["time"]
    bottom = np.median(seen.lab[-5:-1].reshape(-1, 3), 0)
    found["ground"] = nearest(bottom, {g: shade(c) for g, c in scenes.GROUND_COLOUR.items()}) == p["ground"]
    if p["light"]:
        colour = dict(moon=(250, 243, 205), sun=(255, 222, 80) if p["time"] == "day" else (255, 214, 120))[p["light"]]
        close = difference(seen.lab[:36], lab(colour)) < 24
        found[p["light"]] = bool(close.sum() >= (40 if p["light"] == "moon" else 45))
    if p["mountains"]:
        votes = []
        for x, y in ((0.24, 0.44), (0.20, 0.52), (0.28, 0.52), (0.76, 0.44), (0.72, 0.52), (0.80, 0.52), (0.5, 0.54), (0.36, 0.56), (0.63, 0.56)):
            t = min(1, y / 0.6)
            sky = [a * (1 - t) + b * t for a, b in zip(*scenes.SKY[p["time"]])]
            here = seen.lab[int(y * GRID), int(x * GRID)]
            votes.append(difference(here, lab(shade((110, 118, 148)))) < difference(here, lab(sky)))
        found["mountains"] = sum(votes) >= 6
    if p["ground"] == "sea":
        found["sea"] = found["ground"]
    return found


def score(prompts, pictures):
    """{measure: share right}, and the list of failures."""
    results, failures = {}, []

    def add(measure, right, p):
        results.setdefault(measure, []).append(float(right))
        if right < 1:
            failures.append((p["id"], measure))

    for p, picture in zip(prompts, pictures):
        seen = Seen(picture)
        if p["kind"] == "land":
            found = land_parts(seen, p)
            add("landscape", float(np.mean(list(found.values()))), p)
            continue
        add("background", seen.background_name() == p["background"], p)
        if p["kind"] != "pair":
            add("colour", colour_right(seen, p), p)
        if p["kind"] == "shape":
            add("shape", best_shape(seen) == p["object"], p)
        elif p["kind"] == "icon":
            add("icon", best_icon(seen, p["colour"], p["background"]) == p["object"], p)
        elif p["kind"] == "pair":
            add("relation", pair_right(seen, p), p)
        else:
            add("count", count_right(seen, p), p)
    return {k: round(float(np.mean(v)), 3) for k, v in results.items()}, failures


def paint(kind, colour):
    """The drawing of a thing, radius 0.31, on nothing: RGBA."""
    image = Image.new("RGBA", (scenes.N, scenes.N), (0, 0, 0, 0))
    OBJECTS[kind](Pen(image, 0.5 * scenes.N, 0.5 * scenes.N, 0.31 * scenes.N), PALETTE[colour])
    return np.asarray(image)


def templates():
    """The drawings as data, for programs that cannot draw them.

    Returns a picture of gray values and what they mean. Every thing has a square of `tile` pixels in the picture, row by
    row; it is the part from (`margin`, `margin`) of a drawing of `size` pixels, whole cells of the grid. 0 is background; the value k * `step` is
    paint k - 1 of that thing, whose colour is given for each named colour of the palette, in the palette's order.
    """
    margin, columns, step = 10 * (scenes.N // GRID), 6, 25
    tile = scenes.N - 2 * margin
    sheet = np.zeros((-(-len(OBJECTS) // columns) * tile, columns * tile), np.uint8)
    paints = {}
    for i, kind in enumerate(OBJECTS):
        stack = np.stack([paint(kind, colour) for colour in COLOURS], 2)                        # N, N, colours, rgba
        inside = stack[..., 0, 3] > 0
        assert not inside[:margin].any() and not inside[-margin:].any() and not inside[:, :margin].any() and not inside[:, -margin:].any(), kind
        flat = stack[..., :3].reshape(scenes.N, scenes.N, -1)
        found, which = np.unique(flat[inside], axis=0, return_inverse=True)
        assert len(found) * step <= 255, kind
        drawn = np.zeros((scenes.N, scenes.N), np.uint8)
        drawn[inside] = (which.reshape(-1) + 1) * step
        y, x = i // columns * tile, i % columns * tile
        sheet[y:y + tile, x:x + tile] = drawn[margin:-margin, margin:-margin]
        paints[kind] = found.reshape(len(found), len(COLOURS), 3).tolist()
    return sheet, dict(size=scenes.N, margin=margin, tile=tile, columns=columns, step=step, shapes=list(SHAPES), icons=ICON_TEMPLATES, paints=paints)


def world():
    """The colours that the measures compare with."""
    return dict(palette=PALETTE, sky=scenes.SKY, ground=scenes.GROUND_COLOUR, dim=scenes.DIM)


def write_data(folder):
    sheet, meaning = templates()
    Image.fromarray(sheet).save(folder + "/templates.png", optimize=True)
    for name, value in dict(templates=meaning, world=world(), prompts=dict(held_back=make_prompts(), sheet=SHEET)).items():
        with open(f"{folder}/{name}.json", "w") as f:
            json.dump(value, f, separators=(",", ":"))
            f.write("\n")


if __name__ == "__main__":
    a = arguments(__doc__, data=("", "folder for the prompts and drawings"), truth=(False, "score drawn scenes"))
    if a.data:
        write_data(a.data)
    if a.truth:
        rng, prompts = random.Random(5), make_prompts()
        print(*score(prompts, [np.asarray(scenes.draw(rng, scene_of(p))) for p in prompts]))
