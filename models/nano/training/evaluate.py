"""Scores a checkpoint on the held-back prompts and makes a contact sheet to look at.

    python evaluate.py --work DIR --model nano-a.pt --steps 28 --cfg 3 [--count 200] [--sheet sheet.png]
    python evaluate.py --work DIR --model turbo.pt --turbo
"""
import time

import numpy as np
import torch
from PIL import Image, ImageDraw

import adherence
import things
from common import arguments, one_thread
from sampling import Decode, encode, load, noise_for, sample, simple_sigmas


def pictures_of(model, prompts, seeds, steps, cfg, decode, sigmas=None, batch=20):
    tokenizers, text, net, _ = model
    empty = encode(tokenizers, text, [""])
    out = []
    for i in range(0, len(prompts), batch):
        condition = encode(tokenizers, text, prompts[i:i + batch])
        z = sample(net, condition, empty, noise_for(seeds[i:i + batch]), sigmas or simple_sigmas(steps), cfg)
        out.append(decode(z))
    return np.concatenate(out)


def sheet(pictures, texts, path, columns=8, cell=160):
    rows = (len(pictures) + columns - 1) // columns
    image = Image.new("RGB", (columns * cell, rows * (cell + 14)), "white")
    pen = ImageDraw.Draw(image)
    for i, (p, t) in enumerate(zip(pictures, texts)):
        x, y = i % columns * cell, i // columns * (cell + 14)
        image.paste(Image.fromarray(p).resize((cell - 4, cell - 4), Image.LANCZOS), (x, y))
        pen.text((x, y + cell - 4), t.replace(" background", "")[:27], fill="black")
    image.save(path)


def main():
    a = arguments(__doc__, model=("nano-a.pt", "checkpoint in the work folder"), steps=(28, "steps"), cfg=(3.0, "guidance"), count=(200, "prompts"),
                  turbo=(False, "4 steps, guidance 1"), sheet=("", "contact sheet of 48 free prompts"), failures=("", "contact sheet of failures"), newcomer=("", "contact sheet of a newcomer's first twenty prompts"),
                  linear=(False, "linear decoding even when there is a VAE"), raw=(False, "weights without averaging"))
    one_thread()
    model = load(a.work, f"{a.work}/{a.model}", not a.raw)
    decode = Decode(a.work, a.linear)
    steps, cfg = (4, 1.0) if a.turbo else (a.steps, a.cfg)
    start = time.process_time()
    if a.count:
        prompts = adherence.make_prompts()
        prompts = prompts[::max(1, len(prompts) // a.count)]
        pictures = pictures_of(model, [p["prompt"] for p in prompts], [p["seed"] for p in prompts], steps, cfg, decode)
        scores, failures = adherence.score(prompts, pictures)
        print(a.model, f"{steps} steps, guidance {cfg}, {len(prompts)} prompts, seen {model[3]['seen']}:", scores,
              f"{(time.process_time() - start) / len(prompts):.2f} CPU-s a picture", flush=True)
        if a.failures:
            ids = {i for i, _ in failures}
            bad = [i for i, p in enumerate(prompts) if p["id"] in ids][:64]
            if bad:
                sheet(pictures[bad], [prompts[i]["prompt"] for i in bad], a.failures)
    if a.newcomer:
        prompts = things.lines("newcomer-20.txt")
        sheet(pictures_of(model, prompts, list(range(1, 21)), steps, cfg, decode), prompts, a.newcomer, columns=5)
    if a.sheet:
        sheet(pictures_of(model, adherence.SHEET, list(range(1, 49)), steps, cfg, decode, batch=24), adherence.SHEET, a.sheet)


if __name__ == "__main__":
    main()
