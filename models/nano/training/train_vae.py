"""Step 5: the VAE, trained to agree with the closed-form latents.

    python train_vae.py --work DIR --part decoder --minutes 25
    python train_vae.py --work DIR --part encoder --minutes 6

The decoder sees the latents with some noise, so that it cleans up what the MMDiT leaves: soft edges become sharp.
The encoder regresses the same latents (its log variances are fixed at -10). Resumes from vae.pt.
"""
import glob
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from common import Latents, arguments, autocast, device, from_raw, one_thread, save_atomically, to_raw
from models import VAE

HELD = 12            # pictures kept for validation


def edges(x, stride):
    return x[..., stride:, :] - x[..., :-stride, :], x[..., stride:] - x[..., :-stride]


def picture_loss(made, wanted):
    loss = (made - wanted).abs().mean() + (made - wanted).pow(2).mean()
    for stride in (1, 2):
        for a, b in zip(edges(made, stride), edges(wanted, stride)):
            loss = loss + 0.5 * (a - b).abs().mean()
    return loss


def main():
    a = arguments(__doc__, part=("decoder", "decoder or encoder"), minutes=(25.0, "CPU minutes"), lr=(2e-3, "learning rate"),
                  batch=(4, "pieces a step"), noise=(0.2, "largest noise on the decoder's latents"), whole=(0.1, "share of the time, at the end, on whole pictures"))
    one_thread()
    torch.manual_seed(3)
    rng = np.random.RandomState(int(time.time()) % 2 ** 31)
    latents = Latents(a.work + "/latents.npz")
    raw = [np.load(f, mmap_mode="r") for f in sorted(glob.glob(a.work + "/data/*.raw.npy"))]
    held = np.array(raw[0][:HELD])
    where = device()
    vae, path = VAE().to(where, memory_format=torch.channels_last), a.work + "/vae.pt"
    if os.path.exists(path):
        vae.load_state_dict(torch.load(path, map_location=where)["weights"])
        print("continuing")
    part = vae.decoder if a.part == "decoder" else vae.encoder
    ema = {k: v.clone() for k, v in part.state_dict().items()}
    optimizer = torch.optim.AdamW(part.parameters(), a.lr, betas=(0.9, 0.99), weight_decay=1e-4, foreach=True)

    def batch(whole):
        pictures, source = [], raw[rng.randint(len(raw))]
        small = rng.rand() < 0.15
        for i in rng.randint(HELD if source is raw[0] else 0, len(source), a.batch // 4 if whole else a.batch):
            picture = np.array(source[i])
            if not whole and small:
                picture = picture.reshape(128, 2, 128, 2, 3).mean((1, 3)).round().astype(np.uint8)
            elif not whole:
                y, x = rng.randint(0, 17, 2) * 8
                picture = picture[y:y + 128, x:x + 128]
            pictures.append(picture)
        pictures = np.stack(pictures)
        if rng.rand() < 0.5:
            pictures = np.ascontiguousarray(pictures[:, :, ::-1])
        x = torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2)
        return x.to(where).contiguous(memory_format=torch.channels_last), torch.from_numpy(latents.encode(pictures)).to(where)

    def decoder_loss(z, x):
        with autocast():
            made = vae.decoder(z)
        return picture_loss(made.float(), x)

    def encoder_loss(z, x):
        with autocast():
            mean = vae.encoder(x)[:, :16]
        return F.smooth_l1_loss(from_raw(mean.float()), z, beta=0.3)

    def finish():
        weights = vae.state_dict()
        weights.update({f"{a.part}.{k}": v for k, v in ema.items()})
        if a.part == "encoder":
            weights["encoder.conv_out.weight"] = weights["encoder.conv_out.weight"].clone()
            weights["encoder.conv_out.bias"] = weights["encoder.conv_out.bias"].clone()
            weights["encoder.conv_out.weight"][16:] = 0
            weights["encoder.conv_out.bias"][16:] = -10
        save_atomically(dict(weights=weights), path)
        return weights

    clock = time.time if where == "cuda" else time.process_time
    start, step, last, recent = clock(), 0, time.time(), []
    while (done := (clock() - start) / 60 / a.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = a.lr * min(1, (step + 1) / 60) * (0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * done)))
        x, z = batch(done > 1 - a.whole)
        if a.part == "decoder":
            z = z + torch.randn_like(z) * torch.rand(len(z), 1, 1, 1, device=where) * a.noise
            loss = decoder_loss(to_raw(z).contiguous(memory_format=torch.channels_last), x)
        else:
            loss = encoder_loss(z, x)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        optimizer.step()
        step += 1
        share = min(0.998, (step + 1) / (step + 20))
        for k, v in part.state_dict().items():
            ema[k].lerp_(v, 1 - share)
        recent.append(loss.item())
        if time.time() - last > 60:
            last = time.time()
            print(f"{a.part} {done * a.minutes:.1f} min, step {step}, loss {np.mean(recent[-100:]):.4f}", flush=True)
            finish()
    vae.load_state_dict(finish())
    x = torch.from_numpy(held.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2).to(where)
    z = torch.from_numpy(latents.encode(held)).to(where)
    psnr = lambda made: [round(float(10 * torch.log10(4 / (m.clamp(-1, 1) - t).pow(2).mean())), 1) for m, t in zip(made, x)]
    with torch.no_grad():
        direct = psnr(torch.cat([vae.decoder(to_raw(q)) for q in z.split(1)]))
        print("PSNR of decoding", np.mean(direct), direct)
        if a.part == "encoder":
            mean = torch.cat([vae.encoder(q)[:, :16] for q in x.split(1)])
            print("latent error", float((from_raw(mean) - z).pow(2).mean()), "PSNR of encoding and decoding", np.mean(psnr(torch.cat([vae.decoder(q) for q in mean.split(1)]))))


if __name__ == "__main__":
    main()
