"""Between steps 3 and 4, and whenever the words' part of the modulation has become faint: makes it loud again, and changes nothing else.

    python recondition.py --work DIR --model grown.pt --out start.pt [--text text.pt]

What the pooled words say reaches the blocks as SiLU(time + words), times the matrices of adaLN. In the shipped weights (and after every
training that was free to do so) the words move that vector by 0.03 only, on the flat side of SiLU, and a quarter of what they know about a drawing
is lost on the way; then nothing that the matrices learn about them shows, and pictures stay averages of all things for tens of
thousands of pictures. Here the embedder of the words becomes a rotation of the pooled vector, its weaker directions raised, of deviation `--loud`
around `--middle`, where SiLU is nearly straight; and the matrices are solved anew (ridge regression over captions and
times) to modulate as they did. Train on with `--still-conditioning`: left free, it would first be turned down again.
"""
import glob
import json

import torch
import torch.nn.functional as F

from common import arguments, one_thread, ridge, save_atomically
from sampling import encode, load
from train_mmdit import random_sigma

SMALL, STRAIGHT = 0.15, 3.0              # deviation and middle of what enters the embedder's own SiLU
RIDGE = 3e-4


def pooled_of(text, tokenizers, captions):
    """[captions + 1, pooled width], the last for no words."""
    said = [*captions, ""]
    return torch.cat([encode(tokenizers, text, said[i:i + 200])[1] for i in range(0, len(said), 200)])


def loudened(net, pooled, loud, middle):
    """Sets y_embedder: rotated pooled words of deviation `loud` around `middle`, directions raised by the fourth root of their variance."""
    mean = pooled.mean(0)
    variance, axes = torch.linalg.eigh((pooled - mean).T @ (pooled - mean) / len(pooled))
    raised = axes @ torch.diag(variance.clamp(min=variance.max() * 1e-4) ** -0.25) @ axes.T
    raised = raised / ((pooled - mean) @ raised).std()
    width, inputs = net.width, pooled.shape[1]
    first, second = net.y_embedder.mlp[0], net.y_embedder.mlp[2]
    slope = torch.sigmoid(torch.tensor(STRAIGHT))
    slope = slope * (1 + STRAIGHT * (1 - slope))
    first.weight.zero_()[:inputs] = raised * SMALL
    first.bias.copy_(STRAIGHT - first.weight @ mean)
    second.weight.zero_()[:, :inputs] = torch.linalg.qr(torch.randn(width, inputs))[0] * (width / inputs) ** 0.5 * loud / (SMALL * slope)
    second.bias.zero_()
    second.bias.copy_(middle - net.y_embedder(pooled).mean(0))


@torch.no_grad()
def main():
    a = arguments(__doc__, model=("grown.pt", "checkpoint in the work folder"), out=("start.pt", "what to write"), text=("", "other text encoders, of the work folder"),
                  loud=(0.7, "deviation of the words' part"), middle=(1.5, "its mean"), captions=(12000, "captions to solve over"))
    one_thread()
    torch.manual_seed(0)
    tokenizers, text, net, state = load(a.work, f"{a.work}/{a.model}")
    files = sorted(glob.glob(a.work + "/data/[0-9]*.json"))
    captions = [d["caption"] for f in files for d in json.load(open(f))[:max(1, a.captions // len(files))]]
    pooled = pooled_of(text, tokenizers, captions)
    which = torch.arange(len(captions))
    which = torch.where(torch.rand(len(which)) < 0.1, len(captions), which).repeat(2)
    sigma = random_sigma(len(which), 0.5, "cpu")
    modulations = [m for name, m in net.named_modules() if name.endswith("adaLN_modulation.1")]
    time = net.time(sigma)
    before = F.silu(time + net.y_embedder(pooled)[which])
    wanted = torch.cat([m(before) for m in modulations], 1)
    if a.text:
        text.load_state_dict(torch.load(f"{a.work}/{a.text}", map_location="cpu"))
        pooled = pooled_of(text, tokenizers, captions)
    loudened(net, pooled, a.loud, a.middle)
    net.t_embedder.mlp[2].bias.sub_(time.mean(0))
    after = F.silu(time - time.mean(0) + net.y_embedder(pooled)[which])
    seen = torch.rand(len(which)) < 0.8
    read = ridge(after[seen], wanted[seen], RIDGE)
    kept = wanted[~seen]
    left = (after[~seen] @ read[:-1] + read[-1] - kept).pow(2).sum() / (kept - kept.mean(0)).pow(2).sum()
    by_words = lambda vectors: torch.stack([vectors[which == i].mean(0) for i in which[:400].unique()]).std(0).mean().item()
    print(f"the words move the vector by {by_words(before):.3f}, now {by_words(after):.3f}; {1 - left.item():.3f} of the old modulation is kept")
    solution, at = ridge(after, wanted, RIDGE), 0
    for m in modulations:
        rows = m.weight.shape[0]
        m.weight.copy_(solution[:-1, at:at + rows].T)
        m.bias.copy_(solution[-1, at:at + rows])
        at += rows
    save_atomically(dict(net=net.state_dict(), text=text.state_dict(), averages={}, optimizer=None, muon=[], state=state), f"{a.work}/{a.out}")


if __name__ == "__main__":
    main()
