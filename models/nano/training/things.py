"""The things of things/things.json as the generator needs them: names, articles, plurals, which are asked for most, tiles."""
import json
import os
import re

import numpy as np

from objects import COLOURS, names as icon_names, OBJECTS

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "things")


def lines(name):
    with open(f"{HERE}/{name}", encoding="utf-8") as f:
        return [line.strip() for line in f if line.strip() and line[0] != "#"]


with open(f"{HERE}/things.json", encoding="utf-8") as f:
    TABLE = json.load(f)
IDS = [t["id"] for t in TABLE]
INDEX = {name: i for i, name in enumerate(IDS)}
LABEL = {t["id"]: t["name"] for t in TABLE}
GROUP = {t["id"]: t["group"] for t in TABLE}

EVERYDAY = dict(line.split(" = ") for line in lines("everyday.txt"))       # name -> id
THING_OF = {**{t["name"]: t["id"] for t in reversed(TABLE)}, **EVERYDAY}
CALLED = {i: [n for n, t in EVERYDAY.items() if t == i] for i in IDS}
ASKED = list(dict.fromkeys(THING_OF[n] for n in lines("asked-300.txt")))

# words that captions use for something else, so that no keyword may mean a thing by them
TAKEN = set(COLOURS) | {w for k in OBJECTS for n in icon_names(k) for w in n.split()} | set(
    "3d render flat line art cartoon pixel clay drawing picture image photo illustration style sketch snow beach night forest city meadow sea desert"
    " sunset mountains space water winter woods street sand ocean evening background on in at of and with left right above below top bottom riding"
    " sitting small big tiny little large huge one two three four single some the a an under over next beside corner happy cute funny cool nice"
    " grass garden stars field day moon sun clouds landscape view white black vector design glossy simple beautiful".split())


def keywords():
    """id -> keywords of CLDR and emojilib that only this thing has."""
    owners = {}
    for t in TABLE:
        for tag in t["tags"]:
            owners.setdefault(tag, []).append(t["id"])
    return {t["id"]: [tag for tag in t["tags"] if len(owners[tag]) == 1 and tag not in THING_OF and tag not in TAKEN
                      and re.fullmatch(r"[a-z]{3,14}( [a-z]{3,10})?", tag)][:2] for t in TABLE}


KEYWORDS = keywords()

IRREGULAR = dict(man="men", woman="women", child="children", mouse="mice", goose="geese", wolf="wolves", leaf="leaves", knife="knives", foot="feet",
                 tooth="teeth", ox="oxen", fish="fish", sheep="sheep", deer="deer", person="people", elf="elves", tomato="tomatoes", potato="potatoes",
                 scarf="scarves", dwarf="dwarves", dice="dice", moose="moose", bison="bison", squid="squid", shrimp="shrimp", policeman="policemen",
                 fireman="firemen", spaceman="spacemen", merman="mermen", snowman="snowmen", loaf="loaves", mango="mangoes", volcano="volcanoes", sushi="sushi",
                 ramen="ramen", bread="bread", rice="rice", cactus="cactuses", calf="calves", shelf="shelves", aircraft="aircraft", spacecraft="spacecraft")
MANY = re.compile(r"(^|\s)(\w*[^su]s|people|teeth)$")          # already a plural: grapes, glasses, chopsticks
SINGULAR_S = set("lotus cactus octopus walrus bus ibis iris dress glass christmas claus mrs swiss lens grass albatross trolleybus minibus tennis"
                 " lacrosse compass cross hibiscus abacus boss collision venus atlas santa chess".split())
PROPER = set("santa claus|father christmas|mrs claus|mx claus|mount fuji|tokyo tower|statue of liberty|saturn|map of japan|milky way|earth".split("|"))
MASS = set("bread rice sushi ramen spaghetti pasta bacon butter salt corn garlic honey milk coffee tea beer wine juice soda fire ice money rain lightning"
           " fog popcorn soup stew cheese chocolate curry salad lettuce gold smoke wool soap".split())


def head(name):
    """(words up to the noun that changes in the plural, the rest): glass | of milk"""
    found = re.match(r"(.+?)( (?:with|of|on|in|and|without|behind|from|at|being|savoring|blowing|holding|getting|gesturing|playing|taking|walking|running|"
                     r"standing|kneeling|climbing|swimming|surfing|biking|bowing|shrugging|facepalming|frowning|pouting|golfing|fencing|juggling|cartwheeling|"
                     r"vomiting|exhaling|screaming|rowing|bouncing|lifting|mountain biking|raising|tipping|feeding|wearing|levitating) .*| (?:"
                     r"walking|running|standing|kneeling|climbing|swimming|surfing|biking|bowing|shrugging|frowning|pouting))$", name)
    return found.groups() if found else (name, "")


def is_many(name):
    first, _ = head(name)
    last = first.split()[-1]
    return bool(MANY.search(first)) and last not in SINGULAR_S and not last.endswith(("ss", "us"))


def plural(name):
    first, rest = head(name)
    words = first.split()
    last = words[-1]
    if is_many(name):
        new = last
    elif last in IRREGULAR:
        new = IRREGULAR[last]
    elif re.search(r"[^aeiou]y$", last):
        new = last[:-1] + "ies"
    elif re.search(r"(s|x|z|ch|sh)$", last):
        new = last + "es"
    else:
        new = last + "s"
    return " ".join([*words[:-1], new]) + rest


def with_article(rng, words, name):
    """`words` (adjectives and name) with what stands before it."""
    if name in PROPER:
        return rng.choice([words, "the " + words]) if words == name else words
    if is_many(name):
        return rng.choice([words, words, "some " + words])
    if name in MASS:
        return rng.choice([words, words, "a " + words, "some " + words])
    an = words[0] in "aeiou" and not re.match(r"(uni|ufo|euro|one|use|ute)", words)
    return ("an " if an else "a ") + words


def call(rng, thing):
    """One of the thing's names."""
    options = CALLED[thing]
    chance = rng.random()
    if options and chance < 0.55:
        return options[int(rng.random() ** 2 * len(options))]
    if KEYWORDS[thing] and chance > 0.95:
        return rng.choice(KEYWORDS[thing])
    return LABEL[thing]


class Tiles:
    """RGBA of a thing in a hand, scaled: float32 [side, side, 4], premultiplied, 0..1."""

    HANDS = ["render", "flat", "line", "cartoon"]

    def __init__(self, path):
        self.all = np.load(path, mmap_mode="r")

    def __call__(self, thing, hand):
        return self.all[INDEX[thing], self.HANDS.index(hand)]
