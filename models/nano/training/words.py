"""Step 2: the two tokenizers and the list of words, from the grammar.

    python words.py --work DIR

Writes clip_vocab.json, clip_merges.txt (CLIP byte-level BPE: 256 bytes, 256 bytes with </w>, merges, start, end; the
end token has the highest id), t5_tokenizer.json (Unigram, in the format of the Hugging Face tokenizers library) and
words.json. They are small and need no licence: every piece comes from the captions of world.py.
"""
import json
import math
import random
import re
from collections import Counter

import torch
from tokenizers import Tokenizer

import compose
import scenes
import things
import world
from common import arguments
from models import GEOMETRY
from objects import COLOURS, ICONS, SHAPES, names, plural

MOST_MERGES = 4096            # rare words stay in a few pieces: every piece costs 160 numbers
EXTRA = ["six", "seven", "five", "sphere", "ball", "cube", "kitty", "with", "picture", "photo", "the", "of", "in", "on"]


def byte_characters():
    """CLIP's and GPT-2's printable stand-in for every byte, in their order."""
    bytes_ = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    characters, extra = bytes_[:], 0
    for b in range(256):
        if b not in bytes_:
            bytes_.append(b)
            characters.append(256 + extra)
            extra += 1
    return dict(zip(bytes_, map(chr, characters)))


BYTES = byte_characters()


def split_words(text):
    return re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", " ".join(text.lower().split()))


def grammar_words(count=40000):
    """How often each word is said: by captions, and by what may stand around them."""
    found = Counter()
    for seed in range(count):
        rng = random.Random(700_000_000 + seed)
        found.update(world.core_caption(rng, world.random_scene(rng)).lower().replace(",", " ").split())
    for kind in list(SHAPES) + list(ICONS):
        for name in names(kind):
            found.update((name + " " + plural(name)).split() * 3)
    for thing in things.IDS:
        for name in [things.LABEL[thing], *things.CALLED[thing]]:
            found.update((name + " " + things.plural(name)).split() * 3)
        found.update(" ".join(things.KEYWORDS[thing]).split())
    styles = [text for options in compose.STYLE_WORDS.values() for text in options] + compose.NEUTRAL
    for extras in (scenes.FILLERS, EXTRA, COLOURS, *scenes.SYNONYMS.values(), *scenes.STYLE_PREFIX.values(), *scenes.STYLE_SUFFIX.values(), styles,
                   *compose.PLACE_WORDS.values(), compose.RIDING):
        for text in extras:
            found.update(text.replace(",", " ").replace("{}", " ").split() * 3)
    return found


def train_clip(words):
    pieces = {w: [BYTES[b] for b in w.encode()] for piece in words for w in split_words(piece)}
    weight = {w: round(1000 * (1 + math.log(1 + words.get(w, 1)))) for w in pieces}
    for p in pieces.values():
        p[-1] += "</w>"
    merges, pairs, holders = [], Counter(), {}

    def count(w, sign):
        for pair in zip(pieces[w], pieces[w][1:]):
            pairs[pair] += sign * weight[w]
            holders.setdefault(pair, set()).add(w)

    for w in pieces:
        count(w, 1)
    while len(merges) < MOST_MERGES:
        best = max(pairs, key=lambda k: (pairs[k], k), default=None)
        if best is None or pairs[best] <= 0:
            break
        first, second = best
        merges.append((first, second))
        for w in sorted(holders.pop(best)):
            p, out, i = pieces[w], [], 0
            count(w, -1)
            while i < len(p):
                if p[i:i + 2] == [first, second]:
                    out.append(first + second)
                    i += 2
                else:
                    out.append(p[i])
                    i += 1
            pieces[w] = out
            count(w, 1)
        del pairs[best]
        if len(merges) % 500 == 0:
            pairs = Counter({k: v for k, v in pairs.items() if v > 0})
    letters = [BYTES[b] for b in sorted(BYTES, key=lambda b: ord(BYTES[b]))]
    return letters + [c + "</w>" for c in letters] + [a + b for a, b in merges] + ["<|startoftext|>", "<|endoftext|>"], merges


def train_t5(words):
    total = sum(words.values())
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [("\u2581" + w, math.log(n / total)) for w, n in sorted(words.items(), key=lambda k: (-k[1], k[0])) if w.isalnum()]
    known = {p for p, _ in pieces}
    pieces += [(c, -12.0) for c in "\u2581" + "".join(map(chr, range(33, 127))) if c not in known and not c.isupper()]
    return dict(
        version="1.0", truncation=None, padding=None,
        added_tokens=[dict(id=i, content=t, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
                      for i, t in enumerate(("<pad>", "</s>", "<unk>"))],
        normalizer=dict(type="Sequence", normalizers=[
            dict(type="NFC"), dict(type="Lowercase"), dict(type="Strip", strip_left=True, strip_right=True),
            dict(type="Replace", pattern=dict(Regex="\\s+"), content=" ")]),
        pre_tokenizer=dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True),
        post_processor=dict(type="TemplateProcessing", single=[dict(Sequence=dict(id="A", type_id=0)), dict(SpecialToken=dict(id="</s>", type_id=0))],
                            pair=[dict(Sequence=dict(id="A", type_id=0)), dict(SpecialToken=dict(id="</s>", type_id=0))],
                            special_tokens={"</s>": dict(id="</s>", ids=[1], tokens=["</s>"])}),
        decoder=dict(type="Metaspace", replacement="\u2581", prepend_scheme="always", split=True),
        model=dict(type="Unigram", unk_id=2, vocab=[list(p) for p in pieces], byte_fallback=False))


class Tokenizers:
    """caption -> (CLIP-L ids, CLIP-G ids, T5 ids), padded as the pipeline pads them"""

    def __init__(self, folder):
        with open(folder + "/clip_vocab.json") as f:
            self.vocabulary = json.load(f)
        with open(folder + "/clip_merges.txt") as f:
            lines = f.read().split("\n")[1:]
        self.ranks = {tuple(line.split()): i for i, line in enumerate(lines) if line}
        self.t5 = Tokenizer.from_file(folder + "/t5_tokenizer.json")
        self.start, self.end = self.vocabulary["<|startoftext|>"], self.vocabulary["<|endoftext|>"]
        self.clip_count, self.t5_count = len(self.vocabulary), self.t5.get_vocab_size()
        self.cache = {}

    def word(self, w):
        if w not in self.cache:
            p = [BYTES[b] for b in w.encode()]
            p[-1] += "</w>"
            while len(p) > 1:
                best = min(zip(p, p[1:]), key=lambda pair: self.ranks.get(pair, 1 << 30))
                if best not in self.ranks:
                    break
                out, i = [], 0
                while i < len(p):
                    if tuple(p[i:i + 2]) == best:
                        out.append(p[i] + p[i + 1])
                        i += 2
                    else:
                        out.append(p[i])
                        i += 1
                p = out
            self.cache[w] = [self.vocabulary[t] for t in p]
        return self.cache[w]

    def lengths(self, ids):
        """[n]: positions that the captions' ids (CLIP-L's, CLIP-G's, T5's, each [n, length]) need, without padding."""
        return torch.maximum((ids[0] == self.end).int().argmax(1) + 1, (ids[2] != 0).sum(1))

    def __call__(self, text):
        length = GEOMETRY["clip_positions"]
        ids = [t for w in split_words(text) for t in self.word(w)][:length - 2]
        rest = length - 2 - len(ids)
        ids = [self.start] + ids + [self.end]
        t5 = self.t5.encode(text).ids
        if len(t5) > GEOMETRY["t5_length"]:
            t5 = t5[:GEOMETRY["t5_length"] - 1] + [1]
        return ids + [self.end] * rest, ids + [0] * rest, t5 + [0] * (GEOMETRY["t5_length"] - len(t5))


def nearest(known):
    """{word that is not taught: the nearest that is}; things/nearest.txt says which. `known`: the taught words."""
    lines = (line.split(" = ") for line in things.lines("nearest.txt"))
    found = ((word, next((t for t in targets.split(", ") if all(w in known for w in t.split())), None)) for word, targets in lines)
    return {word: target for word, target in found if target and word not in known}


def word_list(words):
    """What the model knows, for the user interface."""
    flat = lambda lists: sorted({x for y in lists for x in y})
    said = words - Counter({w: 3 for w in EXTRA})              # what no caption says is in the vocabulary, but means nothing
    grammar = sorted(w for w in said if w.isalnum())
    return dict(
        colours=COLOURS, colour_synonyms=scenes.SYNONYMS,
        objects={k: names(k) for k in list(SHAPES) + list(ICONS)},
        plurals={**{n: things.plural(n) for t in things.IDS for n in [things.LABEL[t], *things.CALLED[t]]},
                 **{n: plural(n) for k in list(SHAPES) + list(ICONS) for n in names(k)}},
        backgrounds=scenes.SCENERY, times=scenes.TIMES, grounds=scenes.GROUNDS,
        relations=flat(scenes.RELATIONS.values()), numbers=scenes.NUMBERS, sizes=scenes.SIZE_WORDS,
        places=list(scenes.PLACES), styles=[s for s in scenes.STYLES], patterns=["checkerboard", "stripes", "polka dots"],
        fillers=scenes.FILLERS, things={thing: [things.LABEL[thing], *things.CALLED[thing]] for thing in things.IDS},
        things_styles={k: [w.replace("{}", "").strip(" ,") for w in v] for k, v in compose.STYLE_WORDS.items()}, nearest=nearest(set(grammar)), words=grammar)


if __name__ == "__main__":
    a = arguments(__doc__, known=(False, "words.json alone: what captions say now, with the tokenizers as they are"))
    words = grammar_words()
    with open(a.work + "/words.json", "w") as f:
        json.dump(word_list(words), f, indent=1)
    if a.known:
        raise SystemExit
    vocabulary, merges = train_clip(words)
    with open(a.work + "/clip_vocab.json", "w") as f:
        json.dump({t: i for i, t in enumerate(vocabulary)}, f, ensure_ascii=False, indent=0)
    with open(a.work + "/clip_merges.txt", "w") as f:
        f.write("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    with open(a.work + "/t5_tokenizer.json", "w") as f:
        json.dump(train_t5(words), f, ensure_ascii=False)
    t = Tokenizers(a.work)
    print(len(words), "words,", t.clip_count, "CLIP entries,", t.t5_count, "T5 pieces")
    longest = [0, 0]
    for seed in range(5000):
        rng = random.Random(710_000_000 + seed)
        l, g, t5 = t(world.caption(rng, world.random_scene(rng)))
        longest = [max(longest[0], l.index(t.end) + 1), max(longest[1], sum(1 for x in t5 if x))]
    print("longest caption in CLIP and T5 tokens", longest)
    for text in ("a red circle on a blue background", "A  Zebra eats 3 pizzas, caf\u00e9!", "", "pixel art of 2 cats, 3d render"):
        print(text, t(text)[0][:12], t.t5.encode(text).tokens)
