"""The synthetic world: a scene (what is where), its caption in one of many wordings, and its picture.

    scene = random_scene(rng)          a plain dict, see below
    text = caption(rng, scene)
    picture = draw(rng, scene)         256 x 256 RGB PIL image

Nuisance variation is deliberately small (a few pixels of position, a few per cent of size and colour): what a
picture shows follows from its caption, and a small model can learn to obey. A scene is

    kind        single | pair | count | land | pattern
    style       flat | clay | pixel
    background  one of the twelve colours, or a scenery: night, meadow, sea, snow, desert
    objects     [(object, colour, x, y, radius)]
    ...         whatever the caption needs (size, place, relation, count, land's parts)

Held-back combinations: a (colour, object, background) triple whose hash is 0 modulo 10 is never trained on; nor is
a landscape whose parts hash to 0 modulo 8. The evaluation asks for exactly those.
"""
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from objects import COLOURS, ICONS, NATURAL, OBJECTS, PALETTE, SHAPES, Pen, dark, light, mix, names, plural

LONGEST_CAPTION = 20         # words and commas
SIZE, OVER = 256, 2          # picture size, oversampling of the drawing
N = SIZE * OVER

STYLES = dict(flat=0.80, clay=0.11, pixel=0.09)
KINDS = dict(single=0.42, pair=0.23, count=0.12, land=0.21, pattern=0.02)
SCENERY = ["night", "meadow", "sea", "snow", "desert"]
SYNONYMS = dict(red=["crimson", "scarlet"], turquoise=["cyan", "teal"], purple=["violet"], gray=["grey"],
                yellow=["golden", "gold"])
SIZES = dict(small=0.17, normal=0.31, big=0.40)
SIZE_WORDS = dict(small=["small", "small", "tiny", "little"], big=["big", "big", "large", "huge"])
PLACES = {"on the left": (0.25, 0.5), "on the right": (0.75, 0.5), "at the top": (0.5, 0.25), "at the bottom": (0.5, 0.75),
          "in the top left corner": (0.24, 0.24), "in the top right corner": (0.76, 0.24),
          "in the bottom left corner": (0.24, 0.76), "in the bottom right corner": (0.76, 0.76)}
RELATIONS = dict(left=["left of", "to the left of"], right=["right of", "to the right of"],
                 above=["above", "on top of", "over"], below=["below", "under", "underneath"],
                 beside=["and", "and", "next to", "beside"])
OFFSETS = dict(left=(-1, 0), right=(1, 0), above=(0, -1), below=(0, 1), beside=(-1, 0))
NUMBERS = {1: ["one", "1", "a single"], 2: ["two", "2"], 3: ["three", "3"], 4: ["four", "4"]}
LAYOUTS = {1: ([(0.5, 0.5)], 0.31), 2: ([(0.27, 0.5), (0.73, 0.5)], 0.185), 3: ([(0.19, 0.5), (0.5, 0.5), (0.81, 0.5)], 0.14),
           4: ([(0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72)], 0.175)}
PAIR_RADIUS, PAIR_OFFSET = 0.19, 0.235

TIMES = ["day", "sunset", "night"]
GROUNDS = ["sea", "meadow", "desert", "snow"]
LAND_OBJECTS = dict(sea=["boat", "boat", "fish"], meadow=["house", "tree", "pine", "flower", "cat", "dog", "car", "mushroom"],
                    desert=["cactus", "cactus", "car", "rocket", "house"], snow=["snowman", "pine", "house", "tree"])
SKY = dict(day=((86, 164, 236), (196, 228, 250)), sunset=((92, 66, 140), (252, 158, 88)), night=((12, 16, 48), (42, 54, 112)))
GROUND_COLOUR = dict(sea=(38, 112, 178), meadow=(98, 178, 82), desert=(232, 192, 120), snow=(238, 243, 250))
DIM = dict(day=0.0, sunset=0.25, night=0.5)
STARS = [(0.06, 0.10), (0.14, 0.34), (0.21, 0.19), (0.30, 0.08), (0.37, 0.29), (0.44, 0.15), (0.53, 0.36), (0.60, 0.06),
         (0.67, 0.22), (0.74, 0.38), (0.81, 0.12), (0.88, 0.28), (0.95, 0.07), (0.05, 0.48), (0.94, 0.47)]
STARS_LOW = [(0.10, 0.62), (0.20, 0.78), (0.31, 0.93), (0.45, 0.85), (0.58, 0.94), (0.70, 0.82), (0.83, 0.92), (0.90, 0.68), (0.05, 0.90)]
SCENERY_COLOUR = {"night": (14, 18, 52), "meadow": (98, 178, 82), "sea": (38, 112, 178), "snow": (238, 243, 250), "desert": (232, 192, 120)}

STYLE_PREFIX = dict(flat=["", "", "", "", "a picture of ", "an illustration of ", "a drawing of ", "an image of ", "draw "],
                    clay=["a clay render of ", "a 3d render of ", "a glossy 3d picture of "], pixel=["pixel art of ", "a pixel art picture of "])
STYLE_SUFFIX = dict(flat=["", "", ", flat style"], clay=[", clay", ", 3d render"], pixel=[", pixel art"])
FILLERS = ["beautiful", "cute", "nice", "lovely", "pretty", "simple", "detailed", "colorful", "please", "high quality",
           "masterpiece", "8k", "highly detailed", "a photo of", "show me", "i want", "cool", "amazing", "funny", "happy"]


def fnv1a(text):
    """32-bit FNV-1a of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def held_back(colour, kind, background):
    return fnv1a(f"{colour} {kind} {background}") % 10 == 0


def land_key(scene):
    return " ".join([scene["time"], scene["ground"], scene["mountains"] or "-", scene["light"] or "-",
                     *[kind for kind, *_ in scene["objects"]]])


def land_held_back(scene):
    return fnv1a(land_key(scene)) % 8 == 0


def is_held_back(scene):
    if scene["kind"] == "land":
        return land_held_back(scene)
    return any(held_back(o[1], o[0], scene["background"]) for o in scene["objects"])


def rgb_of(background):
    return PALETTE.get(background) or SCENERY_COLOUR[background]


def distance(a, b):
    return sum(abs(x - y) for x, y in zip(rgb_of(a), rgb_of(b)))


def pick_colour(rng, avoid, least=130):
    return rng.choice([c for c in COLOURS if all(distance(c, o) > least for o in avoid)])


def choose(rng, weights):
    return rng.choices(list(weights), list(weights.values()))[0]


# ---------------------------------------------------------------------------------------------- what is where

def random_scene(rng):
    while True:
        kind = choose(rng, KINDS)
        scene = MAKERS[kind](rng)
        scene.update(kind=kind, style="flat" if kind == "pattern" else choose(rng, STYLES))
        if not is_held_back(scene):
            return scene


def random_background(rng, scenery=0.14):
    return rng.choice(SCENERY) if rng.random() < scenery else rng.choice(COLOURS)


def random_object(rng, background, others=()):
    kind = rng.choice(list(SHAPES)) if rng.random() < 0.38 else rng.choice(list(ICONS))
    avoid = [background, *others]
    if kind not in SHAPES and rng.random() < 0.3 and all(distance(NATURAL[kind], o) > 130 for o in avoid):
        return kind, NATURAL[kind]
    return kind, pick_colour(rng, avoid)


def implied(rng, scene):
    """Sometimes the caption leaves out the background or a colour; then it is the natural one."""
    first = scene["objects"][0]
    plain = "white" if distance(first[1], "white") > 130 else "blue"
    scene["say_background"] = True
    if rng.random() < 0.12 and all(distance(o[1], plain) > 130 for o in scene["objects"]):
        scene["background"], scene["say_background"] = plain, False
    scene["say_colour"] = [o[1] != NATURAL[o[0]] or rng.random() < 0.6 for o in scene["objects"]]
    return scene


def make_single(rng):
    background = random_background(rng)
    kind, colour = random_object(rng, background)
    size = rng.choices(["normal", "small", "big"], [0.76, 0.1, 0.14])[0]
    place = None
    x, y, r = 0.5, 0.5, SIZES[size]
    if size != "big" and rng.random() < 0.13:
        place = rng.choice(list(PLACES))
        x, y = PLACES[place]
        r = 0.17 if size == "small" else 0.2
    return implied(rng, dict(background=background, objects=[(kind, colour, x, y, r)], size=size, place=place))


def make_pair(rng):
    background = random_background(rng)
    first = random_object(rng, background)
    second = random_object(rng, background, [first[1]] if rng.random() < 0.9 else [])
    relation = rng.choices(list(RELATIONS), [0.19, 0.19, 0.19, 0.19, 0.24])[0]
    dx, dy = OFFSETS[relation]
    a = (*first, 0.5 + PAIR_OFFSET * dx, 0.5 + PAIR_OFFSET * dy, PAIR_RADIUS)
    b = (*second, 0.5 - PAIR_OFFSET * dx, 0.5 - PAIR_OFFSET * dy, PAIR_RADIUS)
    return implied(rng, dict(background=background, objects=[a, b], relation=relation))


def make_count(rng):
    background = random_background(rng, 0.06)
    kind, colour = random_object(rng, background)
    count = rng.choices([1, 2, 3, 4], [0.1, 0.3, 0.3, 0.3])[0]
    places, r = LAYOUTS[count]
    return implied(rng, dict(background=background, objects=[(kind, colour, x, y, r) for x, y in places], count=count))


def make_land(rng):
    time, ground = rng.choice(TIMES), rng.choice(GROUNDS)
    mountains = rng.choice([None, None, "mountains", "snowy mountains"])
    light_ = rng.choice({"day": [None, "sun", "sun"], "sunset": ["sun", "sun", None], "night": [None, "moon", "moon"]}[time])
    scene = dict(background=time, time=time, ground=ground, mountains=mountains, light=light_,
                 clouds=time == "day" and rng.random() < 0.35, light_side=rng.choice(["left", "right"]),
                 say_side=rng.random() < 0.3, objects=[])
    taken = None
    for _ in range(rng.choices([0, 1, 2], [0.3, 0.45, 0.25])[0]):
        kind = rng.choice([k for k in LAND_OBJECTS[ground] if k != taken] or ["boat"])
        if kind == taken:
            break
        colour = NATURAL[kind] if kind in ("tree", "pine", "cactus") or rng.random() < 0.4 else pick_colour(rng, [])
        x = rng.choice([0.28, 0.72]) if not scene["objects"] else 0.72
        scene["objects"].append((kind, colour, x, 0.72, 0.155))
        taken = kind
    if len(scene["objects"]) == 2:          # named from left to right
        scene["objects"][0] = (*scene["objects"][0][:2], 0.28, 0.72, 0.155)
    scene["say_colour"] = [o[1] != NATURAL[o[0]] or rng.random() < 0.4 for o in scene["objects"]]
    return scene


def make_pattern(rng):
    a = rng.choice(COLOURS)
    return dict(background=a, other=pick_colour(rng, [a]), pattern=rng.choice(["checkerboard", "stripes", "polka dots"]), objects=[])


MAKERS = dict(single=make_single, pair=make_pair, count=make_count, land=make_land, pattern=make_pattern)


# ---------------------------------------------------------------------------------------------- words

def article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


def colour_word(rng, colour):
    return rng.choice(SYNONYMS[colour]) if colour in SYNONYMS and rng.random() < 0.15 else colour


def name_of(rng, kind):
    options = names(kind)
    return options[0] if rng.random() < 0.7 else rng.choice(options)


def describe(rng, item, say_colour, size=""):
    kind, colour = item[0], item[1]
    return article(" ".join(w for w in (size, colour_word(rng, colour) if say_colour else "", name_of(rng, kind)) if w))


def background_words(rng, background):
    if background in PALETTE:
        word = colour_word(rng, background)
        return rng.choice([f" on a {word} background"] * 4 + [f" on {word}", f", {word} background", f" in front of a {word} background"]
                          ).replace(" a orange", " an orange")
    return rng.choice({"night": [" at night", " at night", " in the night sky", " in space", " under the stars"],
                       "meadow": [" in a meadow", " on grass", " on a green meadow", " in a garden"],
                       "sea": [" on the sea", " at sea", " on the ocean", " in the water"],
                       "snow": [" in the snow", " in winter", " on snow"],
                       "desert": [" in the desert", " in a desert", " on sand"]}[background])


def join(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def core_caption(rng, scene):
    kind, objects = scene["kind"], scene["objects"]
    if kind == "pattern":
        a, b = colour_word(rng, scene["background"]), colour_word(rng, scene["other"])
        if scene["pattern"] == "polka dots":
            return rng.choice([f"{b} polka dots on a {a} background", f"{b} polka dots on {a}"])
        return rng.choice([f"{a} and {b} {scene['pattern']}", article(f"{a} and {b} {scene['pattern']} pattern")])
    if kind == "land":
        return land_caption(rng, scene)
    where = background_words(rng, scene["background"]) if scene["say_background"] else ""
    if kind == "single":
        size = rng.choice(SIZE_WORDS[scene["size"]]) if scene["size"] in SIZE_WORDS else ""
        place = " " + scene["place"] if scene["place"] else ""
        text = describe(rng, objects[0], scene["say_colour"][0], size) + place + where
        if where.startswith(" on a") and rng.random() < 0.06:
            text = where.replace(" on a", "a", 1) + " with " + describe(rng, objects[0], scene["say_colour"][0], size) + place
        return text
    if kind == "pair":
        a, b = (describe(rng, o, s) for o, s in zip(objects, scene["say_colour"]))
        return a + " " + rng.choice(RELATIONS[scene["relation"]]) + " " + b + where
    number = rng.choice(NUMBERS[scene["count"]])
    name = name_of(rng, objects[0][0])
    colour = colour_word(rng, objects[0][1]) + " " if scene["say_colour"][0] else ""
    return number + " " + colour + (plural(name) if scene["count"] > 1 else name) + where


def land_caption(rng, scene):
    ground = rng.choice({"sea": ["the sea", "the ocean"], "meadow": ["a green meadow", "a meadow", "green hills"],
                         "desert": ["a desert", "the desert"], "snow": ["a snowy field", "a snowy landscape", "snow"]}[scene["ground"]])
    time = rng.choice({"day": ["", " by day", " during the day"], "sunset": [" at sunset", " in the evening"],
                       "night": [" at night"]}[scene["time"]])
    things = [scene["mountains"]] if scene["mountains"] else []
    items = [describe(rng, o, s) for o, s in zip(scene["objects"], scene["say_colour"])]
    sky = []
    if scene["light"]:
        word = rng.choice({"sun": ["the sun", "a sun"], "moon": ["the moon", "a moon", "a full moon"]}[scene["light"]])
        sky.append(word + (" on the " + scene["light_side"] if scene["say_side"] else ""))
    if scene["clouds"]:
        sky.append("clouds")
    form = rng.random()
    inside = " on " if scene["ground"] == "sea" else " in "
    if ground == "snow":
        inside = " in the "
    if form < 0.45 and things + items:
        return join(things + items) + inside + ground + time + (" with " + join(sky) if sky else "")
    if form < 0.8 or not things + items + sky:
        rest = things + items + sky
        return rng.choice(["", "", "a landscape with ", "a view of "]) + ground + (" with " + join(rest) if rest else "") + time
    return ground + time + ", " + ", ".join(things + items + sky)


def caption(rng, scene):
    """One of the many wordings; if there is one, not longer than the encoders' shortest length holds."""
    for _ in range(10):
        text = any_caption(rng, scene)
        if len(text.split()) + text.count(",") <= LONGEST_CAPTION:
            break
    return text


def any_caption(rng, scene):
    text = core_caption(rng, scene)
    style = scene["style"]
    if rng.random() < 0.65:
        text = rng.choice(STYLE_PREFIX[style]) + text
    else:
        text = text + rng.choice(STYLE_SUFFIX[style])
    if rng.random() < 0.08:
        extra = rng.choice(FILLERS) if rng.random() < 0.7 else "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 8)))
        text = extra + " " + text if rng.random() < 0.5 else text + ", " + extra
    return text


# ---------------------------------------------------------------------------------------------- pictures

def jitter(rng, c, amount=5):
    return tuple(int(min(255, max(0, v + rng.uniform(-amount, amount)))) for v in c)


def gradient(top, bottom, end=1.0):
    t = np.clip(np.linspace(0, 1, N) / end, 0, 1)[:, None, None]
    rows = np.array(top)[None, None] * (1 - t) + np.array(bottom)[None, None] * t
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(rows, (N, N, 3)).astype(np.uint8)))


def stars(draw, places, c=(255, 250, 225)):
    for x, y in places:
        r = 2.6 * OVER
        draw.ellipse([x * N - r, y * N - r, x * N + r, y * N + r], fill=c)


def ground_part(draw, ground, time, horizon):
    """Fills below the horizon."""
    c = mix(GROUND_COLOUR[ground], (12, 16, 48), DIM[time])
    if ground == "sea":
        for i in range(6):
            band = mix(light(c, 0.2), dark(c, 0.12), i / 5)
            draw.rectangle([0, (horizon + (1 - horizon) * i / 6) * N, N, N], fill=band)
    else:
        draw.rectangle([0, horizon * N, N, N], fill=light(c, 0.12))
        draw.ellipse([-0.4 * N, (horizon + 0.03) * N, 0.9 * N, (horizon + 0.9) * N], fill=c)
        draw.ellipse([0.3 * N, (horizon + 0.10) * N, 1.5 * N, (horizon + 1) * N], fill=dark(c, 0.08))


def plain_scenery(background):
    """Scenery behind one or two big objects."""
    if background == "night":
        image = gradient((12, 16, 48), (34, 44, 98))
        stars(ImageDraw.Draw(image), STARS[:3] + STARS[5:] + STARS_LOW)
        return image
    image = gradient(*SKY["day"], 0.62)
    ground_part(ImageDraw.Draw(image), background, "day", 0.62)
    return image


def land_picture(rng, scene):
    time, ground = scene["time"], scene["ground"]
    horizon = 0.6 + rng.uniform(-0.012, 0.012)
    top, bottom = (jitter(rng, c) for c in SKY[time])
    image = gradient(top, bottom, horizon)
    draw = ImageDraw.Draw(image)
    shade = lambda c: mix(c, (12, 16, 48), DIM[time])
    if time == "night":
        stars(draw, STARS)
    wobble = lambda: rng.uniform(-0.012, 0.012)
    side = -1 if scene["light_side"] == "left" else 1
    x = 0.5 + 0.26 * side + wobble()
    if scene["light"] == "moon":
        Pen(image, x * N, (0.17 + wobble()) * N, 0.1 * N).disc(0, 0, 0.95, (250, 243, 205))
    elif scene["light"] == "sun" and time == "day":
        OBJECTS["sun"](Pen(image, x * N, (0.17 + wobble()) * N, 0.125 * N), (255, 222, 80))
    elif scene["light"] == "sun":
        Pen(image, x * N, (0.19 + wobble()) * N, 0.115 * N).disc(0, 0, 1, (255, 214, 120))
    if scene["clouds"]:
        for dx, y, r in ((-0.30, 0.14, 0.13), (-0.02, 0.27, 0.10)):
            OBJECTS["cloud"](Pen(image, (0.5 + dx * side + wobble()) * N, (y + wobble()) * N, r * N), (252, 252, 254))
    if scene["mountains"]:
        base, hy = shade((104, 112, 142)), horizon + 0.01
        for i, (px, top_, width) in enumerate(((0.24, 0.33, 0.30), (0.76, 0.31, 0.32), (0.5, 0.41, 0.26))):
            px, top_ = px + wobble(), top_ + wobble()
            c = mix(base, shade((160, 165, 190)), 0.18 * i)
            at = lambda *points: [(u * N, v * N) for u, v in points]
            draw.polygon(at((px, top_), (px + width, hy), (px - width, hy)), fill=c)
            draw.polygon(at((px, top_), (px + width, hy), (px + 0.05, hy)), fill=dark(c, 0.14))
            if scene["mountains"].startswith("snowy"):
                f, e = 0.36, top_ + (hy - top_) * 0.36
                draw.polygon(at((px, top_), (px + width * f, e), (px + width * f * 0.35, e - 0.03), (px, e + 0.02),
                                (px - width * f * 0.4, e - 0.03), (px - width * f, e)), fill=shade((250, 250, 255)))
    ground_part(draw, ground, time, horizon)
    return image, shade


def pattern_picture(rng, scene):
    a, b = jitter(rng, PALETTE[scene["background"]]), jitter(rng, PALETTE[scene["other"]])
    image = Image.new("RGB", (N, N), a)
    draw, step = ImageDraw.Draw(image), N // 8
    for i in range(8):
        if scene["pattern"] == "stripes" and i % 2:
            draw.rectangle([i * step, 0, (i + 1) * step - 1, N], fill=b)
        for j in range(8):
            if scene["pattern"] == "checkerboard" and (i + j) % 2:
                draw.rectangle([i * step, j * step, (i + 1) * step - 1, (j + 1) * step - 1], fill=b)
            if scene["pattern"] == "polka dots" and (i + j) % 2:
                cx, cy, r = (i + 0.5) * step, (j + 0.5) * step, 0.36 * step
                draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=b)
    return image


def backdrop(rng, scene):
    """(image, function that dims object colours)"""
    same = lambda c: c
    if scene["kind"] == "pattern":
        return pattern_picture(rng, scene), same
    if scene["kind"] == "land":
        return land_picture(rng, scene)
    if scene["background"] in PALETTE:
        return Image.new("RGB", (N, N), jitter(rng, PALETTE[scene["background"]])), same
    return plain_scenery(scene["background"]), same


def clay(picture, masks):
    """Soft relief and shadow from each object's silhouette (all at picture size)."""
    a = np.asarray(picture, np.float32)
    for mask in masks:
        m = np.asarray(mask, np.float32)[..., None] / 255
        shadow = np.asarray(ImageChops.offset(mask, 7, 9).filter(ImageFilter.GaussianBlur(7)), np.float32)[..., None] / 255
        height = np.asarray(mask.filter(ImageFilter.GaussianBlur(9)), np.float32) / 255
        gy, gx = np.gradient(height)
        slope = ((gx * 0.6 + gy * 0.8) * 16 * -1)[..., None]
        lit = a * (1 + np.clip(-slope, -0.5, 0.5) * 0.7) + np.clip(-slope - 0.3, 0, 1) * 150
        a = a * (1 - 0.35 * shadow * (1 - m))
        a = a * (1 - m) + np.clip(lit, 0, 255) * m
    return Image.fromarray(np.clip(a, 0, 255).astype(np.uint8))


def draw(rng, scene, wobble=1.0):
    image, dim = backdrop(rng, scene)
    masks = []
    shift = (rng.uniform(-0.012, 0.012) * wobble, rng.uniform(-0.012, 0.012) * wobble)
    stretch = 1 + rng.uniform(-0.035, 0.035) * wobble
    for kind, colour, x, y, r in scene["objects"]:
        place = ((x + shift[0]) * N, (y + shift[1]) * N, r * stretch * N)
        OBJECTS[kind](Pen(image, *place), dim(jitter(rng, PALETTE[colour], 5 * wobble)))
        if scene["style"] == "clay":
            mask = Image.new("L", (N, N), 0)
            OBJECTS[kind](Pen(mask, *place, flat=255), (0, 0, 0))
            masks.append(mask.reduce(OVER))
    image = image.reduce(OVER)
    if scene["style"] == "clay":
        return clay(image, masks)
    if scene["style"] == "pixel":
        return image.resize((32, 32), Image.BOX).resize((SIZE, SIZE), Image.NEAREST)
    return image


def sample(seed):
    rng = random.Random(seed)
    scene = random_scene(rng)
    return scene, caption(rng, scene), draw(rng, scene)


if __name__ == "__main__":
    import sys
    import time
    start, sheet = time.time(), Image.new("RGB", (8 * 260, 6 * 260), "white")
    for i in range(48):
        scene, text, picture = sample(1000 + i)
        sheet.paste(picture, (i % 8 * 260, i // 8 * 260))
        print(i, text)
    print((time.time() - start) / 48 * 1e3, "ms a picture")
    sheet.reduce(2).save(sys.argv[1] if len(sys.argv) > 1 else "scenes.png")
