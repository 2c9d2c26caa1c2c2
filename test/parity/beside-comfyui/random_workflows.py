"""Writes a set of random workflows over every node that runs here, without results.

    python3 random_workflows.py SET --like DIR2 --count 150 --seed 4 [--focus lora|text|control|cache]

`DIR2` is the second reference: its pictures, LoRA files and ControlNets are used. The same seed gives the same set.
"""
import argparse
import json
import random
import re
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("set", type=Path)
parser.add_argument("--like", type=Path, required=True)
parser.add_argument("--count", type=int, default=100)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--focus", choices=["lora", "text", "control", "cache"])
options = parser.parse_args()
dice = random.Random(options.seed)
pick = dice.choice

names = (Path(__file__).parents[3] / "config/sampling.ts").read_text()
SAMPLERS, SCHEDULERS = (
    re.findall(r"'(\w+)'", names.split(f"{kind}_NAMES = [")[1].split("]")[0]) for kind in ("SAMPLER", "SCHEDULER")
)
# Its steps depend on rounding.
SAMPLERS.remove("dpm_adaptive")
INDEX = json.loads((options.like / "index.json").read_text())
LORAS = {
    model: [one["file"].split("/")[-1] for one in INDEX["loras"] if one.get("model") in (model, None)]
    for model in ("large", "medium")
}
CONTROLS = [one["file"].split("/")[-1] for one in INDEX["controlnets"] if "same_as" not in one]
RESAMPLING = ["nearest-exact", "bilinear", "area", "bicubic"]
PROMPTS = [
    "a red fox", "", "x", "()", "(:1.2)", "masterpiece, (best quality:1.4), a [cat] in the (snow)",
    "a ((castle)) on a hill, (dusk:0.6), \\(not weighted\\)", "(deep (nested (weights:1.2):0.8))", "(unclosed: 1.2",
    "a:1.3) closing", "word " * 90, "a city at night, " * 20 + "neon", "supercalifragilisticexpialidocious " * 30,
    "(zero:0) matter", "(neg:-0.5) matter of fact", "(a:1.1)(b:0.9)(c)", "embedding:none a boat",
    "photo of a dog   with\ttabs\nand lines", "ein Bär 🐻 im Wald, ø", "東京の夜景", "e\u0301clair nai\u0308ve",
    "don't can't it's", "A B-C_D/E 12345 3.14",
]


def chance(share: float) -> bool:
    return dice.random() < share


def number(low: float, high: float, digits: int = 2) -> float:
    return round(dice.uniform(low, high), digits)


def side() -> int:
    return pick([48, 64, 80, 96, 112])


def seed() -> int:
    return pick([0, 1, dice.randrange(2**32), dice.randrange(2**53), 2**53 - 1])


class Graph:
    def __init__(self):
        self.nodes = {}

    def add(self, kind: str, output: int = 0, **inputs):
        """The node's output as a link. Tuples among the inputs are links."""
        name = str(len(self.nodes) + 1)
        values = {key: list(value) if isinstance(value, tuple) else value for key, value in inputs.items()}
        self.nodes[name] = {"class_type": kind, "inputs": values}
        return name, output

    def chain(self, value, makers, counts):
        for _ in range(pick(counts)):
            value = pick(makers)(value)
        return value


def picture(g: Graph, deep: bool = True):
    add = g.add
    loaded = add("LoadImage", image=pick(["init.png", "hint.png", "init_other_size.png", "mask_box.png"]))
    methods = [*RESAMPLING, "lanczos"]
    makers = [
        lambda it: add("ImageScale", image=it, upscale_method=pick(methods), width=pick([0, side(), 73]),
                       height=pick([side(), 59]), crop=pick(["disabled", "center"])),
        lambda it: add("ImageScaleBy", image=it, upscale_method=pick(methods), scale_by=number(0.5, 1.7)),
        lambda it: add("ImageScaleToTotalPixels", image=it, upscale_method=pick(methods), megapixels=0.01,
                       resolution_steps=pick([1, 8, 16])),
        lambda it: add("ImageInvert", image=it),
        lambda it: add("ImageBatch", image1=it, image2=add("LoadImage", image=pick(["init.png", "hint.png"]))),
        lambda it: add("ImageCompositeMasked", destination=it, source=add("LoadImage", image="hint.png"),
                       x=pick([0, 7, 30, 200]), y=pick([0, 13, 40]), resize_source=chance(0.4),
                       **({"mask": mask(g, False)} if chance(0.6) else {})),
        lambda it: add("Canny", image=it, low_threshold=number(0.05, 0.4), high_threshold=number(0.4, 0.9)),
        lambda it: add("MaskToImage", mask=mask(g, False)),
    ]
    return g.chain(loaded, makers, [0, 0, 1, 1, 2] if deep else [0])


def mask(g: Graph, deep: bool = True):
    add = g.add
    first = pick([
        lambda: add("LoadImage", 1, image="init_alpha_hole.png"),
        lambda: add("LoadImageMask", image=pick(["init_alpha_hole.png", "mask_soft.png", "init.png"]),
                    channel=pick(["alpha", "red", "green", "blue"])),
        lambda: add("SolidMask", value=number(0, 1), width=side(), height=side()),
        lambda: add("ImageToMask", channel=pick(["red", "green", "blue"]),
                    image=add("LoadImage", image=pick(["mask_box.png", "mask_soft.png", "mask_other_size.png"]))),
    ])()
    makers = [
        lambda it: add("GrowMask", mask=it, expand=dice.randrange(-6, 9), tapered_corners=chance(0.5)),
        lambda it: add("FeatherMask", mask=it, left=pick([0, 5, 20]), top=pick([0, 3, 90]), right=pick([0, 1, 9]),
                       bottom=pick([0, 17])),
        lambda it: add("InvertMask", mask=it),
        lambda it: add("ThresholdMask", mask=it, value=number(0.1, 0.9)),
        lambda it: add("MaskComposite", destination=it, source=mask(g, False), x=pick([0, 9, 50]), y=pick([0, 20]),
                       operation=pick(["multiply", "add", "subtract", "and", "or", "xor"])),
    ]
    return g.chain(first, makers, [0, 0, 1, 2] if deep else [0])


def text(g: Graph, clip, deep: int = 2):
    add = g.add
    if chance(0.75):
        encoded = add("CLIPTextEncode", text=pick(PROMPTS), clip=clip)
    else:
        encoded = add("CLIPTextEncodeSD3", clip=clip, clip_l=pick(PROMPTS), clip_g=pick(PROMPTS), t5xxl=pick(PROMPTS),
                      empty_padding=pick(["none", "empty_prompt"]))
    if deep == 0:
        return encoded
    other = lambda: text(g, clip, deep - 1)
    makers = [
        lambda it: add("ConditioningConcat", conditioning_to=it, conditioning_from=other()),
        lambda it: add("ConditioningAverage", conditioning_to=it, conditioning_from=other(),
                       conditioning_to_strength=pick([0.0, 1.0, number(0, 1)])),
        lambda it: add("ConditioningCombine", conditioning_1=it, conditioning_2=other()),
        lambda it: add("ConditioningZeroOut", conditioning=it),
        lambda it: add("ConditioningSetTimestepRange", conditioning=it, start=pick([0.0, number(0, 0.6), 0.5]),
                       end=pick([1.0, number(0.4, 1), 0.5])),
        lambda it: add("ConditioningSetArea", conditioning=it, width=pick([8, 24, 64]), height=pick([16, 40, 200]),
                       x=pick([0, 8, 24]), y=pick([0, 16]), strength=number(0.2, 2, 1)),
        lambda it: add("ConditioningSetAreaPercentage", conditioning=it, width=number(0.2, 1), height=number(0.2, 1),
                       x=pick([0.0, number(0, 0.5)]), y=pick([0.0, number(0, 0.5)]), strength=number(0.2, 2, 1)),
        lambda it: add("ConditioningSetMask", conditioning=it, mask=mask(g), strength=number(0.2, 1.5, 1),
                       set_cond_area=pick(["default", "default", "mask bounds"])),
        lambda it: add("ConditioningSetAreaStrength", conditioning=it, strength=number(0, 3, 1)),
    ]
    return g.chain(encoded, makers, [1, 2, 3] if options.focus == "text" else [0, 0, 0, 1, 1, 2])


def networks(g: Graph, size: str):
    """@returns model, text encoders, VAE"""
    add = g.add
    checkpoint, _ = add("CheckpointLoaderSimple", ckpt_name=f"tiny_{size}.safetensors")
    model = (checkpoint, 0)
    if chance(0.5):
        files = [f"tiny_{size}.safetensors", *(["tiny_large_fp16.safetensors"] if size == "large" else [])]
        model = add("UNETLoader", unet_name=pick(files), weight_dtype="default")
    # Only the large one has a VAE.
    vae = (checkpoint, 2) if size == "large" else add("CheckpointLoaderSimple", 2, ckpt_name="tiny_large.safetensors")
    files = [f"tiny_{name}.safetensors" for name in dice.sample(["clip_l", "clip_g", "t5xxl"], 3)]
    clip = pick([
        lambda: add("TripleCLIPLoader", clip_name1=files[0], clip_name2=files[1], clip_name3=files[2]),
        lambda: add("TripleCLIPLoader", clip_name1=files[0], clip_name2=files[1], clip_name3=files[2]),
        lambda: add("DualCLIPLoader", clip_name1=files[0], clip_name2=files[1], type="sd3"),
        lambda: add("CheckpointLoaderSimple", 1, ckpt_name="tiny_allinone.safetensors"),
        lambda: add("CLIPLoader", clip_name=files[0], type="sd3"),
    ])()
    for _ in range(pick([1, 2, 3] if options.focus == "lora" else [0, 0, 0, 1, 2])):
        lora = {"lora_name": pick(LORAS[size]), "strength_model": pick([1.0, 0.5, 0.0, -1.0, number(-1.5, 2)])}
        if chance(0.5):
            model = add("LoraLoaderModelOnly", model=model, **lora)
        else:
            both, _ = add("LoraLoader", model=model, clip=clip, strength_clip=pick([1.0, 0.0, number(-1, 2)]), **lora)
            model, clip = (both, 0), (both, 1)
    if chance(0.15):
        clip = add("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=pick([-1, -2, -3, -4, -12]))
    if chance(0.35):
        model = add("ModelSamplingSD3", model=model, shift=pick([1.0, 3.0, 0.5, number(0.3, 12)]))
    if chance(0.15):
        model = add("SkipLayerGuidanceSD3", model=model, layers=pick(["0", "1", "0, 1", "0,1", ""]),
                    scale=number(0, 6, 1), start_percent=pick([0.0, number(0, 0.4)]),
                    end_percent=pick([1.0, number(0.3, 1)]))
    if chance(0.1):
        model = add("DifferentialDiffusion", model=model, **({"strength": number(0, 1)} if chance(0.5) else {}))
    if options.focus == "cache":
        model = add("EasyCache", model=model, reuse_threshold=pick([0.2, number(0.01, 3)]), verbose=False,
                    start_percent=pick([0.15, number(0, 0.5)]), end_percent=pick([0.95, number(0.5, 1)]))
    return model, clip, vae


def start(g: Graph, vae, positive, negative):
    """@returns the latent, both sides of the conditioning, whether there is no picture in it"""
    add = g.add
    way = pick(["empty", "empty", "picture", "picture", "inpaint", "outpaint", "condition"])
    if way == "empty":
        kind = pick(["EmptySD3LatentImage", "EmptySD3LatentImage", "EmptyLatentImage"])
        latent = add(kind, width=side(), height=side(), batch_size=pick([1, 1, 1, 2, 3]))
    elif way == "picture":
        latent = add("VAEEncode", pixels=picture(g), vae=vae)
    elif way == "inpaint":
        latent = add("VAEEncodeForInpaint", pixels=picture(g), vae=vae, mask=mask(g), grow_mask_by=pick([0, 6, 3, 11]))
    else:
        if way == "outpaint":
            padded, _ = add("ImagePadForOutpaint", image=picture(g), left=pick([0, 16]), top=pick([0, 8]),
                            right=pick([0, 24]), bottom=pick([0, 16]), feathering=pick([0, 5, 40]))
            pixels, area = (padded, 0), (padded, 1)
        else:
            pixels, area = picture(g), mask(g)
        both, _ = add("InpaintModelConditioning", positive=positive, negative=negative, vae=vae, pixels=pixels,
                      mask=area, noise_mask=chance(0.7))
        positive, negative, latent = (both, 0), (both, 1), (both, 2)
    methods = [*RESAMPLING, "bislerp"]
    makers = [
        lambda it: add("LatentUpscale", samples=it, upscale_method=pick(methods), width=pick([0, 64, 96, 100]),
                       height=pick([64, 80, 120]), crop=pick(["disabled", "center"])),
        lambda it: add("LatentUpscaleBy", samples=it, upscale_method=pick(methods), scale_by=number(0.6, 1.6)),
        lambda it: add("RepeatLatentBatch", samples=it, amount=pick([1, 2, 3])),
        lambda it: add("LatentFromBatch", samples=it, batch_index=pick([0, 1, 2, -1]), length=pick([1, 2])),
        lambda it: add("SetLatentNoiseMask", samples=it, mask=mask(g)),
    ]
    if way != "empty":
        makers.append(lambda it: add("LatentBatch", samples1=it, samples2=add("VAEEncode", pixels=picture(g), vae=vae)))
    return g.chain(latent, makers, [0, 0, 0, 1, 2]), positive, negative, way == "empty"


def sample(g: Graph, model, positive, negative, latent, is_empty: bool):
    add = g.add
    scheduler, sampler = pick(SCHEDULERS), pick(SAMPLERS)
    steps = dice.randrange(8, 20) if options.focus == "cache" else dice.randrange(2, 8)
    cfg = pick([1.0, 2.0, 4.5, number(0, 5, 1)])
    walk = {"steps": steps, "cfg": cfg, "sampler_name": sampler, "scheduler": scheduler, "positive": positive,
            "negative": negative}
    way = dice.random()
    if way < 0.5:
        denoise = 1.0 if is_empty and chance(0.8) else pick([1.0, number(0.05, 1), number(0.3, 0.9)])
        return add("KSampler", model=model, seed=seed(), latent_image=latent, denoise=denoise, **walk)
    if way < 0.75:
        part = lambda it, **limits: add("KSamplerAdvanced", model=model, noise_seed=seed(), latent_image=it, **walk, **limits)
        cut = dice.randrange(0, steps + 2)
        if chance(0.5):
            half = part(latent, add_noise="enable", start_at_step=0, end_at_step=cut,
                        return_with_leftover_noise=pick(["enable", "enable", "disable"]))
            return part(half, add_noise=pick(["disable", "disable", "enable"]), start_at_step=cut,
                        end_at_step=pick([10000, steps]), return_with_leftover_noise="disable")
        return part(latent, add_noise=pick(["enable", "disable"]), start_at_step=dice.randrange(0, steps + 1),
                    end_at_step=dice.randrange(0, steps + 3), return_with_leftover_noise=pick(["enable", "disable"]))
    low = {"steps": steps, "sigma_max": 1.0, "sigma_min": number(0.001, 0.1, 3)}
    sigmas = pick([
        lambda: add("BasicScheduler", model=model, scheduler=scheduler, steps=steps, denoise=pick([1.0, number(0.1, 1)])),
        lambda: add("BasicScheduler", model=model, scheduler=scheduler, steps=steps, denoise=1.0),
        lambda: add("KarrasScheduler", rho=number(3, 9, 1), **low),
        lambda: add("ExponentialScheduler", **low),
        lambda: add("PolyexponentialScheduler", rho=number(0.5, 2, 1), **low),
    ])()
    if chance(0.25):
        sigmas = add("SplitSigmas", pick([0, 1]), sigmas=sigmas, step=dice.randrange(0, steps + 1))
    if chance(0.15):
        sigmas = add("SplitSigmasDenoise", pick([0, 1]), sigmas=sigmas, denoise=number(0.2, 1))
    if chance(0.1):
        sigmas = add("SetFirstSigma", sigmas=sigmas, sigma=number(0.5, 1))
    chosen = {"sampler": add("KSamplerSelect", sampler_name=sampler), "sigmas": sigmas, "latent_image": latent}
    output = pick([0, 0, 1])
    if chance(0.5):
        drawn = add("SamplerCustom", output, model=model, add_noise=chance(0.8), noise_seed=seed(), cfg=cfg,
                    positive=positive, negative=negative, **chosen)
    else:
        guider = (add("CFGGuider", model=model, positive=positive, negative=negative, cfg=cfg) if chance(0.6)
                  else add("BasicGuider", model=model, conditioning=positive))
        noise = add("RandomNoise", noise_seed=seed()) if chance(0.85) else add("DisableNoise")
        drawn = add("SamplerCustomAdvanced", output, noise=noise, guider=guider, **chosen)
    # The first output of a case's node is compared.
    return add("LatentFromBatch", samples=drawn, batch_index=0, length=64) if output == 1 else drawn


def case(number_of_it: int) -> dict:
    g = Graph()
    size = "large" if options.focus == "control" else pick(["large", "medium"])
    model, clip, vae = networks(g, size)
    latent, positive, negative, is_empty = start(g, vae, text(g, clip), text(g, clip))
    if options.focus == "control" or (size == "large" and chance(0.12)):
        for _ in range(pick([1, 1, 2])):
            net = g.add("ControlNetLoader", control_net_name=pick(CONTROLS))
            both, _ = g.add(pick(["ControlNetApplySD3", "ControlNetApplyAdvanced"]), positive=positive,
                            negative=negative, control_net=net, vae=vae, image=picture(g),
                            strength=pick([1.0, 0.0, number(0.1, 2)]), start_percent=pick([0.0, number(0, 0.5)]),
                            end_percent=pick([1.0, number(0.3, 1)]))
            positive, negative = (both, 0), (both, 1)
    drawn = sample(g, model, positive, negative, latent, is_empty)
    name = f"s{options.seed}_{number_of_it}"
    described = {"id": name, "group": "random", "workflow": f"workflows/{name}.json",
                 "expected": f"expected/{name}.safetensors", "latent_node": drawn[0]}
    if chance(0.4):
        tiled = {"tile_size": 64, "overlap": pick([0, 16, 32]), "temporal_size": 64, "temporal_overlap": 8}
        decoded = (g.add("VAEDecode", samples=drawn, vae=vae) if chance(0.7)
                   else g.add("VAEDecodeTiled", samples=drawn, vae=vae, **tiled))
        described["image_node"] = decoded[0]
    (options.set / described["workflow"]).write_text(json.dumps(g.nodes, indent=1, ensure_ascii=False))
    return described


for folder in ("workflows", "expected"):
    (options.set / folder).mkdir(parents=True, exist_ok=True)
for folder in ("inputs", "loras", "controlnets"):
    link = options.set / folder
    if not link.exists():
        link.symlink_to((options.like / folder).resolve())
cases = [case(i) for i in range(options.count)]
(options.set / "index.json").write_text(json.dumps({**INDEX, "cases": cases, "loras": [], "controlnets": []}))
