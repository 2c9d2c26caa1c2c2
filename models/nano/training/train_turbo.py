"""Step 6: the Turbo student: 4 steps and no guidance, distilled from the guided teacher's trajectories.

    python train_turbo.py --work DIR --make 3000 --out turbo-1 --teacher nano-a.pt     trajectories (resumable)
    python train_turbo.py --work DIR --minutes 15 --teacher nano-a.pt                  student -> turbo.pt

A trajectory is the teacher's state at the student's five sigmas. The student, which starts as a copy of the teacher,
learns the mean velocity of each of the four segments, so it jumps where the teacher (with guidance, many steps) walks.
"""
import glob
import json
import os
import random
import time

import numpy as np
import torch

import scenes
import world
from common import arguments, autocast, device, one_thread, save_atomically
from sampling import encode, load, sample

STUDENT_SIGMAS = [1.0, 0.9, 0.75, 0.5, 0.0]          # shift 3 applied to 1, 3/4, 1/2, 1/4


def teacher_sigmas(each):
    """`each` teacher steps per student step, even in the unshifted time."""
    t = [1 - i / (4 * each) for i in range(4 * each)]
    return [3 * u / (1 + 2 * u) for u in t] + [0.0]


def make(a):
    model = load(a.work, f"{a.work}/{a.teacher}")
    tokenizers, text, net, _ = model
    empty, sigmas = encode(tokenizers, text, [""]), teacher_sigmas(a.each)
    done, size = 0, a.batch if device() == "cuda" else 12
    start = time.time()
    while done < a.make:
        path = f"{a.work}/turbo/{a.out}-{done:05d}"
        if not os.path.exists(path + ".json"):
            rng = random.Random(500_000_000 + hash_of(a.out) + done)
            captions = [world.caption(rng, world.random_scene(rng)) for _ in range(size)]
            noise = torch.randn(size, 16, 32, 32, generator=torch.Generator().manual_seed(hash_of(a.out) + done)).to(device())
            last, kept = sample(net, encode(tokenizers, text, captions), empty, noise, sigmas, a.cfg, keep=range(0, 4 * a.each, a.each))
            np.save(path + ".npy", torch.stack([*kept, last], 1).half().cpu().numpy())
            with open(path + ".json", "w") as f:
                json.dump(captions, f)
            if done // size % 20 == 0:
                print(done, round(time.time() - start), "s", flush=True)
        done += size


def hash_of(name):
    return scenes.fnv1a(name) % 1_000_000 * 100


def train(a):
    tokenizers, text, net, state = load(a.work, f"{a.work}/{a.teacher}")
    if a.resume and os.path.exists(f"{a.work}/{a.student}"):
        net = load(a.work, f"{a.work}/{a.student}")[2]
    net.requires_grad_(True)
    files = sorted(glob.glob(f"{a.work}/turbo/{a.use}*.json"))
    paths, words = [], []
    for f in files:
        with open(f) as stream:
            ids = [tokenizers(c) for c in json.load(stream)]
        paths.append(np.load(f[:-5] + ".npy", mmap_mode="r"))
        words.append([torch.tensor([x[k] for x in ids]) for k in range(3)])
    print(len(files), "files", sum(len(p) for p in paths), "trajectories", flush=True)
    x_all = np.concatenate(paths)
    ids_all = [torch.cat([w[k] for w in words]) for k in range(3)]
    where = device()
    with torch.no_grad(), autocast():
        parts = [text(*[i[k:k + 64].to(where) for i in ids_all]) for k in range(0, len(x_all), 64)]
    context_all, pooled_all = (torch.cat([p[k] for p in parts]).half() for k in range(2))
    x_all = torch.from_numpy(x_all).to(where)
    parameters = list(net.parameters())
    ema = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, a.lr, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)
    sigmas = torch.tensor(STUDENT_SIGMAS, device=where)

    def loss_of(x, sigma, context, pooled, target, weight):
        with autocast():
            velocity = net(x, sigma, context, pooled)
        return ((velocity.float() - target).pow(2).mean((1, 2, 3)) * weight).mean()

    compiled = torch.compile(loss_of, dynamic=False) if a.minutes > 6 else loss_of
    clock = time.time if where == "cuda" else time.process_time
    start, last, step, recent = clock(), time.time(), 0, []
    while (done := (clock() - start) / 60 / a.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = a.lr * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
        index = torch.randint(0, len(x_all), (a.batch,), device=where)
        k = torch.randint(0, 4, (a.batch,), device=where)
        here, there = x_all[index, k].float(), x_all[index, k + 1].float()
        gap = sigmas[k] - sigmas[k + 1]
        target = (here - there) / gap.view(-1, 1, 1, 1)
        loss = compiled(here, sigmas[k], context_all[index].float(), pooled_all[index].float(), target, gap * 4)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        recent.append(loss.detach())
        share = min(0.997, (step + 1) / (step + 12))
        with torch.no_grad():
            torch._foreach_lerp_(ema, parameters, 1 - share)
        if time.time() - last > 60 or done > 1:
            last = time.time()
            print(f"{done * a.minutes:.1f} min, step {step}, loss {torch.stack(recent[-100:]).mean().item():.4f}", flush=True)
            finish(a, text, net, ema, state)
    finish(a, text, net, ema, state)


def finish(a, text, net, ema, state):
    averages = {"net." + n: e for (n, _), e in zip(net.named_parameters(), ema)}
    save_atomically(dict(net=net.state_dict(), text=text.state_dict(), averages=averages, state=state), f"{a.work}/{a.student}")


if __name__ == "__main__":
    a = arguments(__doc__, teacher=("nano-a.pt", "teacher checkpoint"), student=("turbo.pt", "student checkpoint"), make=(0, "trajectories to make"),
                  out=("turbo-1", "name of the trajectories"), use=("", "train on trajectories whose names start so"), each=(4, "teacher steps per student step"),
                  cfg=(3.0, "teacher's guidance"), batch=(16, "trajectories a step"), minutes=(12.0, "CPU minutes of training (minutes, on a graphics card)"), lr=(5e-4, "learning rate"), resume=(False, "go on with the student"))
    one_thread()
    os.makedirs(a.work + "/turbo", exist_ok=True)
    make(a) if a.make else train(a)
