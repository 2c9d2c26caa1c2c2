"""Scenes of the things people ask for: a thing or two in somebody's hand, on a colour or in a place.

A scene is like those of scenes.py (and mixes with them in world.py), with

    kind        one | pair | riding | many
    style       render | flat | line | cartoon | pixel
    background  "plain" (white, nothing said), a colour, or a place
    objects     [(id of the thing, colour or None, x, y, radius)]
    say_style   whether the caption names the style (only "render" is drawn unasked)

Held back: a style, thing and background whose hash is 0 modulo 10 never meet in training.
"""
import math
import os

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import scenes
import things
from objects import COLOURS, OBJECTS, PALETTE, Pen, dark, light, mix

SIZE, N = scenes.SIZE, scenes.N
STYLES = dict(render=0.40, flat=0.17, cartoon=0.17, line=0.15, pixel=0.11)
KINDS = dict(one=0.68, pair=0.13, riding=0.06, many=0.13)
PLACES = ["snow", "beach", "night", "forest", "city", "meadow", "sea", "desert", "sunset", "mountains", "underwater", "hill"]
RADIUS, PLACE_RADIUS, PAIR_RADIUS, PAIR_OFFSET = 0.37, 0.33, 0.215, 0.24
ASKED_WEIGHT = 4

PLACE_WORDS = dict(
    snow=["in the snow", "in snow", "on snow", "in winter", "on ice"], beach=["on the beach", "on a beach", "at the beach"],
    night=["at night", "at night", "in the night sky", "in space", "under the stars"], forest=["in the forest", "in a forest", "in the woods"],
    city=["in the city", "in a city", "over a city", "on a street"], meadow=["in a meadow", "on grass", "in a garden", "in a field"],
    sea=["on the sea", "at sea", "on the ocean"], desert=["in the desert", "in a desert", "on sand"], sunset=["at sunset", "in the evening", "at dusk"],
    mountains=["in the mountains", "in front of mountains"], underwater=["under water", "underwater", "in the water"], hill=["on a hill", "on a green hill"])
STYLE_WORDS = dict(
    render=["a 3d render of {}", "{}, 3d render", "3d render of {}", "a 3d picture of {}", "{}, 3d", "{}, 3d style"],
    flat=["a flat illustration of {}", "{}, flat style", "{}, flat design", "flat art of {}", "a flat picture of {}", "{}, flat"],
    line=["line art of {}", "{}, line art", "a line drawing of {}", "{}, line drawing", "a black and white drawing of {}", "a sketch of {}"],
    cartoon=["a cartoon of {}", "{}, cartoon", "{}, cartoon style", "cartoon of {}", "a comic of {}"],
    pixel=["pixel art of {}", "{}, pixel art", "a pixel art picture of {}"])
NEUTRAL = ["{}"] * 6 + ["a picture of {}", "an image of {}", "a drawing of {}", "an illustration of {}", "draw {}", "a photo of {}"]
RIDING = ["riding", "riding", "riding on", "sitting on", "on the back of"]
COLOURS_OF = 0.08            # share of things that are asked for in a colour


# ---------------------------------------------------------------------------------------------- what is where

def held_back(style, thing, background):
    return scenes.fnv1a(f"{style} {thing} {background}") % 10 == 0


def is_held_back(scene):
    return any(held_back(scene["style"], o[0], scene["background"]) for o in scene["objects"])


def pick(rng):
    return rng.choice(things.ASKED) if rng.random() < SHARE_ASKED else rng.choice(things.IDS)


SHARE_ASKED = (ASKED_WEIGHT - 1) * len(things.ASKED) / ((ASKED_WEIGHT - 1) * len(things.ASKED) + len(things.IDS))


def random_background(rng, style):
    chance = rng.random()
    if chance < 0.38:
        return "plain"
    if chance < 0.66:
        return rng.choice([c for c in COLOURS if style != "line" or sum(PALETTE[c]) > 330])
    return rng.choice(PLACES)


def random_scene(rng, kinds=KINDS):
    while True:
        kind, style = scenes.choose(rng, kinds), scenes.choose(rng, STYLES)
        background = random_background(rng, style)
        scene = dict(kind=kind, style=style, background=background, objects=arrange(rng, kind, background, style),
                     say_style=style != "render" or rng.random() < 0.35)
        if kind == "pair":
            scene["relation"] = scene["objects"].pop()
        if not is_held_back(scene):
            return scene


def arrange(rng, kind, background, style):
    a, b = pick(rng), pick(rng)
    colour = None
    if kind == "one" and style in ("render", "flat", "cartoon") and rng.random() < COLOURS_OF:
        colour = rng.choice([c for c in COLOURS if c != background and (background in PLACES or background != "plain" or c != "white")])
    low = 0.56 if background in PLACES else 0.5
    if kind == "one":
        return [(a, colour, 0.5, low, PLACE_RADIUS if background in PLACES else RADIUS)]
    if kind == "many":
        places, r = scenes.LAYOUTS[rng.choice([2, 2, 3, 3, 4])]
        return [(a, None, x, y, r * 1.12) for x, y in places]
    if kind == "riding":
        return [(a, None, 0.5, 0.31, 0.2), (b, None, 0.5, 0.67, 0.27)]
    relation = rng.choices(list(scenes.RELATIONS), [0.17, 0.17, 0.19, 0.17, 0.30])[0]
    dx, dy = scenes.OFFSETS[relation]
    return [(a, None, 0.5 + PAIR_OFFSET * dx, low + PAIR_OFFSET * dy, PAIR_RADIUS),
            (b, None, 0.5 - PAIR_OFFSET * dx, low - PAIR_OFFSET * dy, PAIR_RADIUS), relation]


# ---------------------------------------------------------------------------------------------- words

def describe(rng, item):
    name = things.call(rng, item[0])
    colour = scenes.colour_word(rng, item[1]) + " " if item[1] else ""
    size = rng.choice(["cute ", "little ", "big ", "beautiful "]) if rng.random() < 0.04 else ""
    return things.with_article(rng, size + colour + name, name)


def where(rng, background):
    if background == "plain":
        return rng.choice(["", "", "", "", "", " on a white background"])
    if background in PLACES:
        return " " + rng.choice(PLACE_WORDS[background])
    return scenes.background_words(rng, background)


def core_caption(rng, scene):
    objects = scene["objects"]
    if scene["kind"] == "one":
        text = describe(rng, objects[0])
    elif scene["kind"] == "many":
        name = things.call(rng, objects[0][0])
        text = rng.choice(scenes.NUMBERS[len(objects)]) + " " + things.plural(name)
    else:
        between = rng.choice(RIDING) if scene["kind"] == "riding" else rng.choice(scenes.RELATIONS[scene["relation"]])
        text = f"{describe(rng, objects[0])} {between} {describe(rng, objects[1])}"
    return text + where(rng, scene["background"])


def styled(rng, text, scene):
    return rng.choice(STYLE_WORDS[scene["style"]] if scene["say_style"] else NEUTRAL).format(text)


def caption(rng, scene):
    for _ in range(10):
        text = styled(rng, core_caption(rng, scene), scene)
        if rng.random() < 0.06:
            extra = rng.choice(scenes.FILLERS)
            text = extra + " " + text if rng.random() < 0.5 else text + ", " + extra
        if len(text.split()) + text.count(",") <= scenes.LONGEST_CAPTION:
            break
    return text


# ---------------------------------------------------------------------------------------------- pictures

def forest(image):
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, N, N], fill=(176, 216, 190))
    for x, w, c in ((0.1, 0.13, (112, 168, 118)), (0.3, 0.15, (96, 154, 104)), (0.52, 0.13, (112, 168, 118)), (0.72, 0.15, (96, 154, 104)), (0.92, 0.13, (112, 168, 118))):
        for k in range(3):
            y = 0.04 + 0.17 * k
            draw.polygon([(x * N, y * N), ((x + w * (0.7 + 0.2 * k)) * N, (y + 0.27) * N), ((x - w * (0.7 + 0.2 * k)) * N, (y + 0.27) * N)], fill=c)
    for x in (0.02, 0.98):
        draw.rectangle([(x - 0.05) * N, 0, (x + 0.05) * N, 0.74 * N], fill=(112, 80, 54))
    draw.rectangle([0, 0.66 * N, N, N], fill=(84, 140, 72))
    draw.ellipse([-0.2 * N, 0.7 * N, 1.2 * N, 1.4 * N], fill=(72, 124, 62))


def city(image):
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, N, N], fill=(190, 220, 244))
    for x, w, top, c in ((0.0, 0.16, 0.30, (120, 134, 160)), (0.16, 0.15, 0.14, (146, 158, 182)), (0.31, 0.16, 0.36, (112, 126, 152)), (0.47, 0.14, 0.20, (138, 150, 176)),
                         (0.61, 0.17, 0.32, (118, 132, 158)), (0.78, 0.13, 0.12, (148, 160, 184)), (0.91, 0.12, 0.28, (120, 134, 160))):
        draw.rectangle([x * N, top * N, (x + w) * N, 0.75 * N], fill=c)
        for i in range(2):
            for j in range(5):
                u, v = x + w * (0.2 + 0.42 * i), top + 0.05 + 0.1 * j
                if v < 0.68:
                    draw.rectangle([u * N, v * N, (u + w * 0.22) * N, (v + 0.05) * N], fill=(250, 236, 160))
    draw.rectangle([0, 0.74 * N, N, N], fill=(96, 98, 106))
    for x in (0.08, 0.42, 0.76):
        draw.rectangle([x * N, 0.87 * N, (x + 0.16) * N, 0.895 * N], fill=(236, 232, 214))


def mountains(image):
    image.paste(scenes.gradient(*scenes.SKY["day"], 0.7))
    draw = ImageDraw.Draw(image)
    for x, top, w, c in ((0.2, 0.2, 0.42, (118, 128, 160)), (0.8, 0.16, 0.44, (104, 114, 148)), (0.5, 0.34, 0.36, (136, 146, 176))):
        draw.polygon([(x * N, top * N), ((x + w) * N, 0.74 * N), ((x - w) * N, 0.74 * N)], fill=c)
        draw.polygon([(x * N, top * N), ((x + w * 0.3) * N, (top + (0.74 - top) * 0.3) * N), ((x - w * 0.3) * N, (top + (0.74 - top) * 0.3) * N)], fill=(250, 250, 255))
    draw.rectangle([0, 0.72 * N, N, N], fill=(110, 172, 92))


def backdrop_of(place):
    """256 x 256 picture of a place with nothing in it."""
    if place in ("snow", "meadow", "sea", "desert", "night"):
        image = scenes.plain_scenery(place)
    elif place == "beach":
        image = scenes.gradient(*scenes.SKY["day"], 0.42)
        draw = ImageDraw.Draw(image)
        draw.rectangle([0, 0.42 * N, N, 0.66 * N], fill=(40, 140, 196))
        draw.rectangle([0, 0.42 * N, N, 0.48 * N], fill=(30, 116, 178))
        draw.ellipse([-0.3 * N, 0.62 * N, 1.3 * N, 1.5 * N], fill=(246, 244, 236))
        draw.ellipse([-0.3 * N, 0.645 * N, 1.3 * N, 1.5 * N], fill=(240, 212, 150))
    elif place == "sunset":
        image = scenes.gradient(*scenes.SKY["sunset"], 0.62)
        Pen(image, 0.76 * N, 0.5 * N, 0.12 * N).disc(0, 0, 1, (255, 220, 130))
        ImageDraw.Draw(image).rectangle([0, 0.62 * N, N, N], fill=(86, 62, 92))
    elif place == "underwater":
        image = scenes.gradient((96, 196, 226), (18, 84, 150))
        draw = ImageDraw.Draw(image)
        for x, y, r in ((0.12, 0.2, 0.025), (0.16, 0.36, 0.016), (0.86, 0.28, 0.028), (0.9, 0.5, 0.018), (0.08, 0.62, 0.02), (0.8, 0.12, 0.016)):
            draw.ellipse([(x - r) * N, (y - r) * N, (x + r) * N, (y + r) * N], fill=(190, 232, 246))
        draw.ellipse([-0.3 * N, 0.86 * N, 1.3 * N, 1.6 * N], fill=(214, 196, 140))
    elif place == "hill":
        image = scenes.gradient(*scenes.SKY["day"], 0.9)
        ImageDraw.Draw(image).ellipse([-0.15 * N, 0.68 * N, 1.15 * N, 2.0 * N], fill=(104, 182, 86))
    else:
        image = Image.new("RGB", (N, N))
        dict(forest=forest, city=city, mountains=mountains)[place](image)
    return np.asarray(image.reduce(scenes.OVER), np.float32)


def backdrop(rng, scene):
    """float32 [256, 256, 3]; drawn in ink, a place is pale and gray"""
    background = scene["background"]
    if background in PLACES:
        if background not in backdrop.cache:
            backdrop.cache[background] = backdrop_of(background)
        base = backdrop.cache[background] + rng.uniform(-4, 4)
        if scene["style"] == "line":
            base = 255 - 0.35 * (255 - base.mean(2, keepdims=True).repeat(3, 2))
        return base.copy()
    colour = (255, 255, 255) if background == "plain" else scenes.jitter(rng, PALETTE[background])
    return np.broadcast_to(np.asarray(colour, np.float32), (SIZE, SIZE, 3)).copy()


backdrop.cache = {}


def recolour(rgb, colour):
    """A drawing (0..255, straight) in another colour: its light and shade on the named colour, near-black parts kept."""
    target = np.asarray(PALETTE[colour], np.float32)
    lightness = (rgb @ np.array([0.3, 0.59, 0.11], np.float32) / 255)[..., None]
    centre = 0.45
    made = np.where(lightness < centre, target * (0.35 + 0.65 * lightness / centre), target + (255 - target) * ((lightness - centre) / (1 - centre)) * 0.7)
    spread = (rgb.max(-1, keepdims=True) - rgb.min(-1, keepdims=True)) / 255
    keep = ((lightness < 0.16) | ((lightness > 0.92) & (spread < 0.12))).astype(np.float32) * 0.8
    return made * (1 - keep) + rgb * keep


def place_tile(tiles, canvas, thing, hand, colour, x, y, r):
    """Draws a tile of radius `r` (half its side, in pictures) centred at (x, y) onto the canvas, in place."""
    side = max(8, round(2 * r * SIZE))
    tile = Image.fromarray(np.asarray(tiles(thing, hand)))
    rgba = np.asarray(tile.convert("RGBa").resize((side, side), Image.BOX if side < 96 else Image.BILINEAR, reducing_gap=2.0).convert("RGBA"), np.float32)
    rgb, alpha = rgba[..., :3], rgba[..., 3:] / 255
    if colour:
        rgb = recolour(rgb, colour)
    left, top = round(x * SIZE - side / 2), round(y * SIZE - side / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(SIZE, left + side), min(SIZE, top + side)
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    canvas[y0:y1, x0:x1] += (rgb[part] - canvas[y0:y1, x0:x1]) * alpha[part]


def draw(rng, scene, wobble=1.0, tiles=None):
    tiles = tiles or shared_tiles()
    canvas = backdrop(rng, scene)
    shift = (rng.uniform(-0.012, 0.012) * wobble, rng.uniform(-0.012, 0.012) * wobble)
    stretch = 1 + rng.uniform(-0.03, 0.03) * wobble
    hand = "flat" if scene["style"] == "pixel" else scene["style"]
    for thing, colour, x, y, r in reversed(scene["objects"]):          # a rider is drawn over what it rides
        place_tile(tiles, canvas, thing, hand, colour, x + shift[0], y + shift[1], r * stretch)
    picture = Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8))
    if scene["style"] == "pixel":
        return picture.resize((32, 32), Image.BOX).resize((SIZE, SIZE), Image.NEAREST)
    return picture


def shared_tiles():
    if shared_tiles.value is None:
        shared_tiles.value = things.Tiles(os.environ.get("NANO_WORK", "work") + "/tiles.npy")
    return shared_tiles.value


shared_tiles.value = None
