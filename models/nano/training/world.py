"""All that the model is taught: the drawn world of scenes.py and the things of compose.py.

    python world.py sheet.png          48 of them, to look at
"""
import random

import compose
import scenes
import things
from objects import names

OLD = 0.28                   # share of scenes.py's world
KINDS = {**{k: k for k in scenes.KINDS}, **{k: k for k in compose.KINDS}}


def random_scene(rng, old=OLD, kinds=compose.KINDS):
    if rng.random() >= old:
        return dict(compose.random_scene(rng, kinds), world="things")
    scene = dict(scenes.random_scene(rng), world="shapes")
    # an icon whose name a thing has too is drawn as the icon where a colour is named, and as the thing where none is
    if "say_colour" in scene:
        scene["say_colour"] = [say or any(n in things.THING_OF for n in names(o[0])) for say, o in zip(scene["say_colour"], scene["objects"])]
    return scene


def part(scene):
    return compose if scene["world"] == "things" else scenes


def caption(rng, scene):
    return part(scene).caption(rng, scene)


def core_caption(rng, scene):
    return part(scene).core_caption(rng, scene)


def draw(rng, scene, wobble=1.0):
    return part(scene).draw(rng, scene, wobble)


def sample(seed, still=False, **options):
    """(scene, caption, picture); `still`: things never move."""
    rng = random.Random(seed)
    scene = random_scene(rng, **options)
    return scene, caption(rng, scene), draw(rng, scene, wobble=0.0 if still and scene["world"] == "things" else 1.0)


if __name__ == "__main__":
    import sys
    import time

    from PIL import Image
    start, sheet = time.process_time(), Image.new("RGB", (8 * 260, 6 * 260), "white")
    for i in range(48):
        scene, text, picture = sample(1000 + i, old=0.1)
        sheet.paste(picture, (i % 8 * 260, i // 8 * 260))
        print(i, text)
    print((time.process_time() - start) / 48 * 1e3, "ms a picture")
    sheet.reduce(2).save(sys.argv[1] if len(sys.argv) > 1 else "world.png")
