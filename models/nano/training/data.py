"""Step 1: pictures, captions and latents.

    python data.py --work DIR --fit                     principal components of the picture blocks (latents.npz)
    python data.py --work DIR --first 0 --chunks 8      renders chunks 0..7 of 2000 pictures each

A chunk is NNN.z256.npy (float16 latents), NNN.ids-*.npy (captions as ids, once there are vocabularies), NNN.json (captions
and scenes) and, for the first few, NNN.raw.npy (pictures for the VAE). Seeds are chunk * 2000 + index, so a chunk is always the same. `--still` draws
things always at the same place and size (that a drawing is shifted by three pixels is a third of all that the words leave open, and
hides the rest); `--simple` makes such chunks of mostly one thing each, for the start; every third chunk of an ordinary run is so, too.
"""
import json
import os
import time

import numpy as np

import scenes
import world
from common import Latents, arguments
from words import Tokenizers

CHUNK = 2000
RAW_CHUNKS, RAW_COUNT = 4, 500
EXPONENT = 0.55          # components are divided by deviation ** EXPONENT: fine detail keeps less than equal weight
SIMPLE = dict(one=0.92, pair=0.03, riding=0.01, many=0.04)
SIMPLE_OLD = 0.15


def fit(path):
    """From the world of scenes.py alone: those are the latents that the shipped VAE was trained for."""
    blocks = []
    for i in range(1600):
        picture = scenes.sample(900_000_000 + i)[2]
        if i % 3 == 0:
            picture = picture.reduce(2)
        b = Latents.blocks(np.asarray(picture)[None]).reshape(-1, 192)
        blocks.append(b[np.random.RandomState(i).choice(len(b), 160)])
    x = np.concatenate(blocks)
    mean = x.mean(0)
    values, vectors = np.linalg.eigh(np.cov((x - mean).T))
    values, basis = values[::-1], vectors[:, ::-1][:, :16]
    deviation = np.sqrt(values[:16])
    scale = deviation ** EXPONENT
    z = (x - mean) @ basis / scale
    scale = scale * z.std()
    z = z / z.std()
    error = ((x - mean) @ basis @ basis.T + mean - x) ** 2
    print("variance kept", values[:16].sum() / values.sum(), "PSNR of the linear decoding", 10 * np.log10(4 / error.mean()))
    print("latent deviation per channel", np.round(z.std(0), 2))
    np.savez(path, mean=mean, basis=basis, scale=scale)


def ids_path(base, tokenizers):
    """Where the captions of a chunk lie as ids: int16 [pictures, lengths of the three encoders side by side]."""
    return f"{base}.ids-{tokenizers.clip_count}-{tokenizers.t5_count}.npy"


def save_ids(base, captions, tokenizers):
    part = f"{base}.ids.{os.getpid()}.npy"
    np.save(part, np.array([sum(tokenizers(caption), []) for caption in captions], np.int16))
    os.replace(part, ids_path(base, tokenizers))


def render(folder, latents, chunk, simple, still, tokenizers):
    start = time.time()
    z256 = np.zeros((CHUNK, 16, 32, 32), np.float16)
    raw = np.zeros((RAW_COUNT, 256, 256, 3), np.uint8)
    described = []
    options = dict(kinds=SIMPLE, old=SIMPLE_OLD) if simple or chunk % 3 == 0 else {}
    for i in range(CHUNK):
        scene, caption, picture = world.sample(chunk * CHUNK + i, still=still, **options)
        pixels = np.asarray(picture)[None]
        z256[i] = latents.encode(pixels)[0]
        if chunk < RAW_CHUNKS and i < RAW_COUNT:
            raw[i] = pixels[0]
        described.append(dict(caption=caption, scene=scene))
    base = f"{folder}/{chunk:05d}"
    np.save(base + ".z256.npy", z256)
    if chunk < RAW_CHUNKS:
        np.save(base + ".raw.npy", raw)
    if tokenizers:
        save_ids(base, [d["caption"] for d in described], tokenizers)
    with open(base + ".json.part", "w") as f:
        json.dump(described, f)
    os.replace(base + ".json.part", base + ".json")       # the json comes last: its presence means "complete"
    print(chunk, round(time.time() - start, 1), "s", flush=True)


if __name__ == "__main__":
    a = arguments(__doc__, fit=(False, "fit the latents first"), first=(0, "first chunk"), chunks=(0, "number of chunks"), every=(1, "only each so-many-th chunk"),
                  simple=(False, "mostly one thing a picture, and --still"), still=(False, "things never move"), folder=("data", "where, in the work folder"))
    folder = f"{a.work}/{a.folder}"
    os.makedirs(folder, exist_ok=True)
    if a.fit:
        fit(a.work + "/latents.npz")
    tokenizers = Tokenizers(a.work) if os.path.exists(a.work + "/clip_vocab.json") else None
    for chunk in range(a.first, a.first + a.chunks, a.every):
        if not os.path.exists(f"{folder}/{chunk:05d}.json"):
            render(folder, Latents(a.work + "/latents.npz"), chunk, a.simple, a.simple or a.still, tokenizers)
