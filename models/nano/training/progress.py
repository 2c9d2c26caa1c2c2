"""How far a checkpoint is, in a minute, while it is being trained: errors of the velocity at three noise levels on pictures kept aside.

    python data.py --work DIR --folder aside --simple --first 9000 --chunks 1        once
    python progress.py --work DIR --model nano-a.pt [--sheet sheet.png]

At noise 1 the words alone decide: the error is what they do not yet say of a drawing (about 0.75 where all things are painted as their average). `gain`
is what the guess should be multiplied by: over 1, the model paints too faintly. The sheet shows that first guess.
"""
import json

import numpy as np
import torch

from common import Latents, arguments, one_thread
from evaluate import sheet
from sampling import encode, load

LEVELS = (1.0, 0.9, 0.6)


@torch.no_grad()
def errors(model, latents, captions, batch=32):
    """[(noise level, mean squared error of the velocity, gain)] and the guesses at noise 1."""
    tokenizers, text, net, _ = model
    context, pooled = encode(tokenizers, text, captions)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(1))
    out, first = [], None
    for level in LEVELS:
        x, guess = (1 - level) * latents + level * noise, []
        for i in range(0, len(x), batch):
            part = slice(i, i + batch)
            guess.append(net(x[part], torch.full((len(x[part]),), level), context[part], pooled[part]))
        velocity = torch.cat(guess)
        clean = x - level * velocity
        first = clean if first is None else first
        out.append((level, (velocity - (noise - latents)).pow(2).mean().item(), ((clean * latents).sum() / clean.pow(2).sum()).item()))
    return out, first


def main():
    a = arguments(__doc__, model=("nano-a.pt", "checkpoint in the work folder"), aside=("aside/09000", "chunk kept aside"), count=(96, "pictures of one thing"),
                  raw=(False, "weights without averaging"), sheet=("", "contact sheet of the guesses at noise 1"))
    one_thread()
    model = load(a.work, f"{a.work}/{a.model}", not a.raw)
    with open(f"{a.work}/{a.aside}.json") as f:
        described = json.load(f)
    stored = np.load(f"{a.work}/{a.aside}.z256.npy", mmap_mode="r")
    for name, wanted in (("things", lambda s: s["world"] == "things" and s["kind"] == "one"), ("old", lambda s: s["world"] == "shapes")):
        which = [i for i, d in enumerate(described) if wanted(d["scene"])][:a.count]
        found, guesses = errors(model, torch.from_numpy(stored[which].astype(np.float32)), [described[i]["caption"] for i in which])
        print(a.model, "seen", model[3]["seen"], name, " ".join(f"{level}: {error:.4f} (gain {gain:.2f})" for level, error, gain in found), flush=True)
        if a.sheet and name == "things":
            sheet(Latents(a.work + "/latents.npz").decode(guesses[:48].numpy()), [described[i]["caption"] for i in which[:48]], a.sheet)


if __name__ == "__main__":
    main()
