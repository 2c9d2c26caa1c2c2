"""Step 0: the things that have a name and a drawing in every hand, and the drawings as tiles.

    npm install --ignore-scripts --prefix DIR @iconify-json/fluent-emoji @iconify-json/fluent-emoji-flat \
        @iconify-json/fluent-emoji-high-contrast @iconify-json/noto emojibase-data emojilib
    python collect_things.py --work DIR             things/things.json, DIR/tiles.npy
    python collect_things.py --work DIR --pack FILE the tiles as WebP in one file, for a machine that cannot fetch them

Names and keywords are CLDR's (emojibase-data, MIT, and Unicode's licence) and emojilib's (MIT); drawings are
Microsoft's Fluent Emoji (MIT) and Google's Noto Emoji (Apache 2.0). Nothing of theirs is shipped with the product.

tiles.npy: uint8 [things, hands, 192, 192, 4], straight RGBA, the drawing's bounding box scaled to fill the tile.
"""
import io
import json
import os
import re
import struct
import unicodedata

import numpy as np
from PIL import Image

from common import arguments

TILE = 192
HANDS = dict(render="fluent-emoji", flat="fluent-emoji-flat", line="fluent-emoji-high-contrast", cartoon="noto")
HERE = os.path.dirname(os.path.abspath(__file__))

# subgroups of CLDR whose members are things one can ask a picture of
THINGS = """face-smiling face-affection face-tongue face-hand face-neutral-skeptical face-sleepy face-unwell face-hat face-glasses
 face-concerned face-negative face-costume cat-face monkey-face heart emotion hand-fingers-open hand-fingers-partial hand-single-finger
 hand-fingers-closed hands hand-prop body-parts person person-gesture person-role person-fantasy person-activity person-sport
 person-resting animal-mammal animal-bird animal-amphibian animal-reptile animal-marine animal-bug plant-flower plant-other food-fruit
 food-vegetable food-prepared food-asian food-sweet drink dishware place-geographic place-building place-religious place-other
 transport-ground transport-water transport-air hotel time sky-weather event award-medal sport game arts-crafts clothing sound music
 musical-instrument phone computer light-video book-paper money mail writing office lock tool science medical household other-object
 flag religion warning currency other-symbol place-map""".split()
NOT_THINGS = re.compile(r"o’clock|-thirty|^(wo)?m[ae]n (?!s\b)|^(women|men) |^person: |facing |button|^flag: |medium volume|low volume|high volume|"
                        r"Japanese|^low battery|suit$|bathroom|^(white|black) flag|chart (in|de)creasing with yen|(envelope|phone) with arrow|^incoming|mailbox with|^(open|closed) mailbox|"
                        r"^(first|last) quarter moon$|gibbous|new moon$|with (upwards|downwards)|levels? slider|middle finger|kaaba|swim brief|cigarette|"
                        r"^(card index dividers|spiral|tear-off|inbox|outbox|receipt|ballot|locked with|unlocked)|banknote$|backhand|^OK hand|place of worship|"
                        r"prohibited|^no |non-potable|phones off|under eighteen|children crossing|customs|biohazard|radioactive|potable|litter", re.I)


def clean(label):
    """CLDR's label as people would write it."""
    text = unicodedata.normalize("NFKD", label.lower().replace("’", "'").replace("&", "and"))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text).split())


def slug(text):
    return clean(text).replace("'", "").replace(" ", "-")


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def chosen(folder):
    """[(id, label, hex code, group, tags, {hand: icon name})] in CLDR's order, one for each drawing."""
    groups = load(f"{folder}/emojibase-data/meta/groups.json")["subgroups"]
    library = load(f"{folder}/emojilib/dist/emoji-en-US.json")
    names = {hand: load(f"{folder}/@iconify-json/{package}/chars.json") for hand, package in HANDS.items()}
    names["render"] = names["flat"]                       # the same set of names; this package has no list of characters
    out = []
    for e in sorted((e for e in load(f"{folder}/emojibase-data/en/data.json") if "subgroup" in e), key=lambda e: e["order"]):
        code = e["hexcode"].lower()
        found = {hand: table.get(code) or table.get(code.replace("-fe0f", "")) for hand, table in names.items()}
        whole = e["label"] in ("man", "woman", "men", "women") or not NOT_THINGS.search(e["label"])
        if groups[str(e["subgroup"])] in THINGS and whole and all(found.values()):
            tags = [clean(t) for t in e["tags"] + library.get(e["emoji"], []) if "_" not in t]
            out.append((slug(e["label"]), clean(e["label"]), code, groups[str(e["subgroup"])], list(dict.fromkeys(tags)), found))
    return out


def tile_of(svg):
    """The drawing cut to its bounding box and scaled to fill TILE x TILE, centred."""
    import resvg_py
    side = TILE + TILE // 6
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)))).convert("RGBA")
    picture = picture.crop(picture.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox())
    scale = (TILE - 2) / max(picture.size)
    size = [max(1, round(v * scale)) for v in picture.size]
    small = np.asarray(picture.convert("RGBa").resize(size, Image.LANCZOS).convert("RGBA"))      # premultiplied while it is scaled
    tile = np.zeros((TILE, TILE, 4), np.uint8)
    y, x = (TILE - size[1]) // 2, (TILE - size[0]) // 2
    tile[y:y + size[1], x:x + size[0]] = small
    return tile


def render(folder, things, path):
    part, shape = path + ".part.npy", (len(things), len(HANDS), TILE, TILE, 4)
    tiles = np.lib.format.open_memmap(part, "r+" if os.path.exists(part) else "w+", np.uint8, shape)
    for h, (hand, package) in enumerate(HANDS.items()):
        stored = load(f"{folder}/@iconify-json/{package}/icons.json")
        side = stored.get("width", 16)
        for i, thing in enumerate(things):
            if tiles[i, h, TILE // 2].any():               # done before the last interruption
                continue
            name = thing[5][hand]
            name = stored.get("aliases", {}).get(name, {}).get("parent", name)
            icon = stored["icons"][name]
            width, height = icon.get("width", side), icon.get("height", stored.get("height", side))
            body = icon["body"].replace("currentColor", "#1c1c22")
            tiles[i, h] = tile_of(f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}">{body}</svg>')
        print(hand, len(things), flush=True)
    tiles.flush()
    os.replace(path + ".part.npy", path)


def pack(path, out, side=128, quality=72):
    """Tiles as WebP, one after the other: count, hands, then length and bytes of each (little endian)."""
    tiles = np.load(path, mmap_mode="r")
    with open(out, "wb") as f:
        f.write(struct.pack("<II", *tiles.shape[:2]))
        for tile in tiles.reshape(-1, TILE, TILE, 4):
            image, stream = Image.fromarray(np.asarray(tile)).resize((side, side), Image.LANCZOS), io.BytesIO()
            image.save(stream, "WEBP", quality=quality, alpha_quality=60, method=4)
            f.write(struct.pack("<I", len(stream.getvalue())) + stream.getvalue())


def unpack(packed, path):
    with open(packed, "rb") as f:
        count, hands = struct.unpack("<II", f.read(8))
        tiles = np.zeros((count * hands, TILE, TILE, 4), np.uint8)
        for tile in tiles:
            image = Image.open(io.BytesIO(f.read(struct.unpack("<I", f.read(4))[0]))).convert("RGBA")
            tile[:] = np.asarray(image.resize((TILE, TILE), Image.BICUBIC))
    np.save(path, tiles.reshape(count, hands, TILE, TILE, 4))


if __name__ == "__main__":
    a = arguments(__doc__, pack=("", "file to pack the tiles into"), unpack=("", "packed file to unpack"), list=(False, "only things.json"))
    if a.pack:
        pack(a.work + "/tiles.npy", a.pack)
    elif a.unpack:
        unpack(a.unpack, a.work + "/tiles.npy")
    else:
        folder = a.work + "/node_modules"
        things = chosen(folder)
        os.makedirs(HERE + "/things", exist_ok=True)
        with open(HERE + "/things/things.json", "w", encoding="utf-8") as f:
            f.write("[\n" + ",\n".join(json.dumps(dict(id=i, name=n, code=c, group=g, tags=t), ensure_ascii=False) for i, n, c, g, t, _ in things) + "\n]\n")
        print(len(things), "things")
        if not a.list:
            render(folder, things, a.work + "/tiles.npy")
