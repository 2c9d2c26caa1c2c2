"""Optional, before step 3: start from a smaller model's files instead of from nothing.

    python grow.py --work DIR --shipped ..          text.pt, text-new.pt, vae.pt and grown.pt; then: pretrain_text.py --keep, train_mmdit.py --start DIR/grown.pt

The new networks say exactly what the old ones said: embeddings are copied for the words that both vocabularies have,
and the blocks that the deeper transformer has more are put between the old ones with gates of zero. What the old model
could draw is there from the first step. Needs the old latents (`data.py --fit` before any change of scenes.py) and the same widths.
"""
import json
import shutil

import torch
from safetensors.torch import load_file

from common import arguments, save_atomically
from models import VAE, TextEncoders, make_mmdit
from words import Tokenizers


def part(tensors, prefix):
    return {k[len(prefix):]: v.float() for k, v in tensors.items() if k.startswith(prefix)}


def carried(new, old, new_table, old_table):
    """Rows of `old` where both vocabularies have the piece; the others keep their small random values."""
    made = new.clone() * (old.std() / new.std()) * 0.5
    for piece, i in new_table.items():
        if piece in old_table:
            made[i] = old[old_table[piece]]
    return made


def fresh(new_table, old_table):
    """Which rows are of pieces that the old vocabulary has not."""
    return torch.tensor([piece not in old_table for piece in sorted(new_table, key=new_table.get)])


def t5_table(path):
    with open(path, encoding="utf-8") as f:
        return {piece: i for i, (piece, _) in enumerate(json.load(f)["model"]["vocab"])}


def clip_table(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def grown_text(work, shipped):
    tokenizers = Tokenizers(work)
    text = TextEncoders(tokenizers.clip_count, tokenizers.t5_count)
    tables = dict(clip=(clip_table(work + "/clip_vocab.json"), clip_table(shipped + "/clip_vocab.json")),
                  t5=(t5_table(work + "/t5_tokenizer.json"), t5_table(shipped + "/t5_tokenizer.json")))
    for name in ("clip_l", "clip_g", "t5xxl"):
        module = getattr(text, name)
        old = {k: v.float() for k, v in load_file(f"{shipped}/{name}.safetensors").items()}
        key = "shared.weight" if name == "t5xxl" else "text_model.embeddings.token_embedding.weight"
        old[key] = carried(module.state_dict()[key], old[key], *tables["t5" if name == "t5xxl" else "clip"])
        if name == "clip_l":
            old["text_projection.weight"] = text.clip_l.state_dict()["text_projection.weight"]          # never used
        module.load_state_dict(old)
    return text, {name: fresh(*pair) for name, pair in tables.items()}


def grown_mmdit(old):
    """The deeper transformer whose added blocks do nothing yet."""
    net = make_mmdit()
    had = 1 + max(int(k.split(".")[1]) for k in old if k.startswith("joint_blocks."))
    depth = len(net.joint_blocks)
    places = [round(i * (depth - 1) / (had - 1)) for i in range(had)]
    state = net.state_dict()
    for k, v in old.items():
        if k.startswith("joint_blocks."):
            _, i, rest = k.split(".", 2)
            k = f"joint_blocks.{places[int(i)]}.{rest}"
        state[k] = v
    net.load_state_dict(state)
    return net


def main():
    a = arguments(__doc__, shipped=("..", "folder of the shipped files"), model=("nano", "nano or nano-turbo"), out=("grown", "name of the checkpoint"),
                  keep=(False, "leave text.pt and vae.pt, which have been trained since"))
    torch.manual_seed(11)
    text, new = grown_text(a.work, a.shipped)
    vae = VAE()
    vae.load_state_dict(part(load_file(f"{a.shipped}/nano.safetensors"), "first_stage_model."))
    net = grown_mmdit(part(load_file(f"{a.shipped}/{a.model}.safetensors"), "model.diffusion_model."))
    if not a.keep:
        save_atomically(text.state_dict(), a.work + "/text.pt")
        save_atomically(dict(weights=vae.state_dict()), a.work + "/vae.pt")
    save_atomically(new, a.work + "/text-new.pt")
    save_atomically(dict(net=net.state_dict(), text=text.state_dict(), averages={}, optimizer=None, muon=[],
                         state=dict(step=0, seen=0, minutes=0.0, history=[])), f"{a.work}/{a.out}.pt")
    print("grown to", sum(p.numel() for p in net.parameters()), "parameters, text", sum(p.numel() for p in text.parameters()))


if __name__ == "__main__":
    main()
