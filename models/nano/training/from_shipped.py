"""Optional: a checkpoint made of the shipped float16 files, to go on from them when the work folder is gone.

    python from_shipped.py --work DIR --shipped ..       writes shipped.pt, text.pt and vae.pt; then: train_mmdit.py --start DIR/shipped.pt

The vocabularies are copied too, because the text encoders belong to them. Needs `data.py --fit` (the latents are the same
wherever it runs). Optimiser states are not shipped: training starts with a short warm-up.
"""
import shutil

from safetensors.torch import load_file

from common import arguments, save_atomically
from models import VAE, TextEncoders, make_mmdit
from words import Tokenizers


def part(tensors, prefix):
    return {k[len(prefix):]: v.float() for k, v in tensors.items() if k.startswith(prefix)}


def main():
    a = arguments(__doc__, shipped=("..", "folder of the shipped files"), model=("nano", "nano or nano-turbo"))
    for name in ("clip_vocab.json", "clip_merges.txt", "t5_tokenizer.json", "words.json"):
        shutil.copyfile(f"{a.shipped}/{name}", f"{a.work}/{name}")
    tokenizers = Tokenizers(a.work)
    text, net, vae = TextEncoders(tokenizers.clip_count, tokenizers.t5_count), make_mmdit(), VAE()
    for name in ("clip_l", "clip_g", "t5xxl"):
        found = part(load_file(f"{a.shipped}/{name}.safetensors"), "")
        missing = getattr(text, name).load_state_dict(found, strict=False)
        assert not missing.unexpected_keys and set(missing.missing_keys) <= {"text_projection.weight"}, missing
    net.load_state_dict(part(load_file(f"{a.shipped}/{a.model}.safetensors"), "model.diffusion_model."))
    vae.load_state_dict(part(load_file(f"{a.shipped}/nano.safetensors"), "first_stage_model."))
    weights = net.state_dict()
    save_atomically(dict(net=weights, text=text.state_dict(), ema={n: p.detach() for n, p in net.named_parameters()},
                         state=dict(step=1000, seen=0, minutes=0.0, history=[])), a.work + "/shipped.pt")
    save_atomically(text.state_dict(), a.work + "/text.pt")
    save_atomically(dict(weights=vae.state_dict()), a.work + "/vae.pt")


if __name__ == "__main__":
    main()
