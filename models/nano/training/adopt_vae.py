"""Optional, before step 5: start the VAE from one trained earlier for other closed-form latents.

    python adopt_vae.py --work DIR --earlier FILE.safetensors

The new latents are nearly a linear map of the earlier ones (both are linear in the pixels), so the map is measured on
a few pictures and folded into the decoder's first and the encoder's last convolution. Training then starts near the end.
"""
import numpy as np
import torch
from safetensors.torch import load_file

from common import Latents, arguments, from_raw, one_thread, save_atomically, to_raw
from models import LATENT_SCALE, LATENT_SHIFT, VAE


def main():
    a = arguments(__doc__, earlier=("", "checkpoint with first_stage_model. tensors"), pictures=(60, "pictures to measure on"))
    one_thread()
    vae = VAE()
    vae.load_state_dict({k[len("first_stage_model."):]: v.float() for k, v in load_file(a.earlier).items() if k.startswith("first_stage_model.")})
    raw = np.array(np.load(a.work + "/data/000.raw.npy", mmap_mode="r")[:a.pictures])
    new = torch.from_numpy(Latents(a.work + "/latents.npz").encode(raw))
    with torch.no_grad():
        x = torch.from_numpy(raw.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2)
        old = from_raw(torch.cat([vae.encoder(p)[:, :16] for p in x.split(1)]))
        flat = lambda z: z.permute(0, 2, 3, 1).reshape(-1, 16).double()
        ones = torch.ones(flat(new).shape[0], 1, dtype=torch.double)
        map_ = torch.linalg.lstsq(torch.cat([flat(new), ones], 1), flat(old)).solution          # old = new @ A + b
        matrix, offset = map_[:16].T.float(), map_[16].float()                                  # old = matrix @ new + offset
        print("unexplained by the map", float((flat(new) @ map_[:16] + map_[16] - flat(old)).pow(2).mean()))
        # raw_old = matrix @ raw_new + shift, raw = z / scale + shift
        raw_offset = offset / LATENT_SCALE + LATENT_SHIFT - matrix @ torch.full((16,), LATENT_SHIFT)
        first = vae.decoder.conv_in
        first.bias += torch.einsum("oikl,i->o", first.weight, raw_offset)
        first.weight.copy_(torch.einsum("oikl,ij->ojkl", first.weight, matrix))
        last, inverse = vae.encoder.conv_out, torch.linalg.inv(matrix)
        last.weight[:16] = torch.einsum("ij,jckl->ickl", inverse, last.weight[:16])
        last.bias[:16] = inverse @ (last.bias[:16] - raw_offset)
        made = torch.cat([vae.decoder(to_raw(z)) for z in new[:12].split(1)]).clamp(-1, 1)
        print("PSNR of decoding", float(10 * torch.log10(4 / (made - x[:12]).pow(2).mean())))
    save_atomically(dict(weights=vae.state_dict()), a.work + "/vae.pt")


if __name__ == "__main__":
    main()
