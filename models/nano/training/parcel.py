"""A checkpoint in small float16 files, to take to another machine and bring back.

    python parcel.py --work DIR --pack nano.pt --to FOLDER [--turbo turbo.pt] [--drawings]
    python parcel.py --work DIR --pack grown --to FOLDER        no transformer: it will be grown there from the shipped one
    python parcel.py --work DIR --unpack FOLDER                 nano.pt, text.pt, vae.pt, turbo.pt ... in DIR

A folder holds net.pt, text.pt, turbo.pt (each under 16 MiB), vae.pt, the vocabularies and latents.npz; with `--drawings` also the
drawings as WebP (about 12 MB), from which data.py renders everything else. Averaged weights; no optimiser states.
"""
import os
import shutil

import torch

import collect_things
from common import arguments, save_atomically
from sampling import load

SMALL = ["clip_vocab.json", "clip_merges.txt", "t5_tokenizer.json", "words.json", "latents.npz", "text-new.pt", "codes.npy"]


def half(state):
    return {k: v.detach().cpu().half() for k, v in state.items()}


def full(state):
    return {k: v.float() for k, v in state.items()}


def pack(a):
    os.makedirs(a.to, exist_ok=True)
    if a.pack == "grown":
        save_atomically(half(torch.load(a.work + "/text.pt", map_location="cpu")), a.to + "/text.pt")
    else:
        _, text, net, state = load(a.work, f"{a.work}/{a.pack}")
        save_atomically(dict(net=half(net.state_dict()), state=state), a.to + "/net.pt")
        save_atomically(half(text.state_dict()), a.to + "/text.pt")
    if a.turbo and os.path.exists(f"{a.work}/{a.turbo}"):
        save_atomically(dict(net=half(load(a.work, f"{a.work}/{a.turbo}")[2].state_dict()), state=state), a.to + "/turbo.pt")
    save_atomically(dict(weights=half(torch.load(a.work + "/vae.pt", map_location="cpu")["weights"])), a.to + "/vae.pt")
    for name in SMALL:
        if os.path.exists(f"{a.work}/{name}"):
            shutil.copyfile(f"{a.work}/{name}", f"{a.to}/{name}")
    if a.drawings:
        collect_things.pack(a.work + "/tiles.npy", a.to + "/tiles.bin")
    for name in sorted(os.listdir(a.to)):
        print(f"{os.path.getsize(f'{a.to}/{name}') / 2 ** 20:7.2f} MiB {name}")


def unpack(a):
    os.makedirs(a.work, exist_ok=True)
    for name in SMALL:
        if os.path.exists(f"{a.unpack}/{name}"):
            shutil.copyfile(f"{a.unpack}/{name}", f"{a.work}/{name}")
    text = full(torch.load(a.unpack + "/text.pt", map_location="cpu"))
    save_atomically(text, a.work + "/text.pt")
    save_atomically(dict(weights=full(torch.load(a.unpack + "/vae.pt", map_location="cpu")["weights"])), a.work + "/vae.pt")
    for name, out in (("net.pt", "nano.pt"), ("turbo.pt", "turbo.pt")):
        if os.path.exists(f"{a.unpack}/{name}"):
            stored = torch.load(f"{a.unpack}/{name}", map_location="cpu", weights_only=False)
            save_atomically(dict(net=full(stored["net"]), text=text, averages={}, optimizer=None, muon=[], state=stored["state"]), f"{a.work}/{out}")
    if os.path.exists(a.unpack + "/tiles.bin") and not os.path.exists(a.work + "/tiles.npy"):
        collect_things.unpack(a.unpack + "/tiles.bin", a.work + "/tiles.npy")


if __name__ == "__main__":
    a = arguments(__doc__, pack=("", "checkpoint to pack"), unpack=("", "folder to unpack"), to=("", "folder to pack into"), turbo=("", "student to pack as well"),
                  drawings=(False, "the drawings, too"))
    pack(a) if a.pack else unpack(a)
