"""Step 7: the files that are shipped, in float16 and under the official tensor names.

    python export.py --work DIR --model nano-a.pt --turbo turbo.pt --out DIR/export
"""
import json
import os
import shutil
import struct

import torch

from common import arguments
from models import GEOMETRY, VAE
from sampling import load


def write(path, tensors):
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        t = tensors[name].detach().half().contiguous()
        data = t.numpy().tobytes()
        header[name] = dict(dtype="F16", shape=list(t.shape), data_offsets=[at, at + len(data)])
        at += len(data)
        blobs.append(data)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head + b"".join(blobs))
    os.replace(path + ".part", path)


def geometry(clip_count, t5_count, steps, cfg):
    g = GEOMETRY
    clip = lambda c, act: dict(hidden_act=act, hidden_size=c["width"], intermediate_size=4 * c["width"], num_attention_heads=c["heads"],
                               num_hidden_layers=c["layers"], vocab_size=clip_count, max_position_embeddings=g["clip_positions"])
    mmdit = dict(depth=g["depth"], hidden_size=g["width"], num_heads=g["width"] // 64, pos_embed_max_size=g["pos_size"],
                 x_block_self_attn_layers=[], qk_norm="rms", dtype="F16", skip_layer_guidance_layers=[])
    return dict(
        about="what the tensor shapes of the nano model cannot tell",
        clip_l=clip(g["clip_l"], "quick_gelu"), clip_g=clip(g["clip_g"], "gelu"),
        t5xxl=dict(d_ff=g["t5"]["ff"], d_model=g["t5"]["width"], num_heads=g["t5"]["heads"], num_layers=g["t5"]["layers"], vocab_size=t5_count,
                   d_kv=g["t5"]["width"] // g["t5"]["heads"], relative_attention_num_buckets=32, relative_attention_max_distance=128,
                   min_length=g["t5_length"], max_length=g["t5_length"]),
        vae=dict(ch=g["vae_channels"], ch_mult=list(g["vae_mult"]), num_res_blocks=2, z_channels=16, dtype="F16", group_norm_groups=g["vae_groups"]),
        adm_in_channels=g["clip_l"]["width"] + g["clip_g"]["width"], context_dim=g["t5"]["width"],
        mmdit=dict(nano=mmdit, nano_turbo=mmdit),
        defaults=dict(
            nano=dict(steps=steps, cfg=cfg, sampler="euler", scheduler="simple", shift=3.0, width=256, height=256),
            nano_turbo=dict(steps=4, cfg=1.0, sampler="euler", scheduler="simple", shift=3.0, width=256, height=256)))


def main():
    a = arguments(__doc__, model=("nano-a.pt", "checkpoint"), turbo=("turbo.pt", "student checkpoint"), out=("", "folder"), steps=(20, "default steps"), cfg=(3.0, "default guidance"))
    out = a.out or a.work + "/export"
    os.makedirs(out, exist_ok=True)
    tokenizers, text, net, _ = load(a.work, f"{a.work}/{a.model}")
    vae = VAE()
    vae.load_state_dict(torch.load(a.work + "/vae.pt")["weights"])
    files = {"nano.safetensors": {**{"model.diffusion_model." + k: v for k, v in net.state_dict().items()},
                                  **{"first_stage_model." + k: v for k, v in vae.state_dict().items()}},
             "clip_l.safetensors": {k: v for k, v in text.clip_l.state_dict().items() if k != "text_projection.weight"},
             "clip_g.safetensors": text.clip_g.state_dict(), "t5xxl.safetensors": text.t5xxl.state_dict()}
    if os.path.exists(f"{a.work}/{a.turbo}"):
        student = load(a.work, f"{a.work}/{a.turbo}")[2]
        files["nano-turbo.safetensors"] = {"model.diffusion_model." + k: v for k, v in student.state_dict().items()}
    for name, tensors in files.items():
        write(f"{out}/{name}", tensors)
    for name in ("clip_vocab.json", "clip_merges.txt", "t5_tokenizer.json", "words.json"):
        shutil.copyfile(f"{a.work}/{name}", f"{out}/{name}")
    with open(out + "/geometry.json", "w") as f:
        json.dump(geometry(tokenizers.clip_count, tokenizers.t5_count, a.steps, a.cfg), f, indent=1)
    total = 0
    for name in sorted(os.listdir(out)):
        size = os.path.getsize(f"{out}/{name}")
        total += size
        print(f"{size / 1e6:8.3f} MB {name}")
    print(f"{total / 1e6:8.3f} MB in all")


if __name__ == "__main__":
    main()
