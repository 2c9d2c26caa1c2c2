"""Runs the workflows of a set in a ComfyUI checkout, on the tiny checkpoints: writes expected/ID.safetensors.

    python run_comfyui.py SET --comfyui CHECKOUT --first DIR

Cases that ComfyUI refuses are taken out of the set's index, with its words on standard output.
"""
import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("set", type=Path)
parser.add_argument("--comfyui", type=Path, required=True)
parser.add_argument("--first", type=Path, required=True)
options = parser.parse_args()
SET, TINY = options.set.resolve(), options.first.resolve() / "tiny"
sys.argv = ["main.py", "--cpu"]
sys.path.insert(0, str(options.comfyui.resolve()))
os.chdir(options.comfyui)

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()

import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

torch.set_num_threads(1)

import comfy.cldm.dit_embedder  # noqa: E402
import comfy.sd  # noqa: E402
import comfy.sd1_clip  # noqa: E402
import comfy.text_encoders.sd3_clip as sd3_clip  # noqa: E402
import folder_paths  # noqa: E402
import nodes  # noqa: E402

GEOMETRY = json.loads((TINY / "config.json").read_text())
WIDTH = {name: GEOMETRY[name]["hidden_size"] for name in ("clip_l", "clip_g")}
WIDTH["t5xxl"] = GEOMETRY["t5xxl"]["d_model"]
# A model's latents: what the sampler works on, and what a LATENT holds.
SCALE, SHIFT = 1.5305, 0.0609


def make_small() -> None:
    """Gives ComfyUI the tiny checkpoints' sizes, which it knows by heart for real ones."""
    init = comfy.sd1_clip.SDClipModel.__init__

    def small_encoder(self, *args, **kwargs):
        name = kwargs.get("model_options", {}).get("model_name", "clip_l")
        sizes = dict(GEOMETRY[name])
        if name != "t5xxl":
            sizes["projection_dim"] = sizes["hidden_size"]
        options = dict(kwargs.get("model_options", {}))
        options[f"{name}_model_config"] = sizes
        kwargs["model_options"] = {**options, "model_name": name}
        init(self, *args, **kwargs)

    comfy.sd1_clip.SDClipModel.__init__ = small_encoder

    small = {768: WIDTH["clip_l"], 1280: WIDTH["clip_g"], 4096: WIDTH["t5xxl"]}
    small[2048] = WIDTH["clip_l"] + WIDTH["clip_g"]

    def shrunk(constant):
        if isinstance(constant, tuple):
            return tuple(shrunk(one) for one in constant)
        return small.get(constant, constant) if type(constant) is int else constant

    encode = sd3_clip.SD3ClipModel.encode_token_weights
    encode.__code__ = encode.__code__.replace(co_consts=shrunk(encode.__code__.co_consts))

    def kind_of(tensors) -> str:
        table = tensors.get("text_model.embeddings.token_embedding.weight")
        if table is None:
            return "t5xxl"
        return "clip_g" if table.shape[1] == WIDTH["clip_g"] else "clip_l"

    sd3_clip.SD3ClipModel.load_sd = lambda self, tensors: getattr(self, kind_of(tensors)).load_sd(tensors)
    kinds = comfy.sd.TEModel
    known = {"clip_l": kinds.CLIP_L, "clip_g": kinds.CLIP_G, "t5xxl": kinds.T5_XXL}
    comfy.sd.detect_te_model = lambda tensors: known[kind_of(tensors)]

    vae = comfy.sd.AutoencodingEngine

    def small_vae(**configs):
        for part in ("encoder_config", "decoder_config"):
            configs[part]["params"].update(ch=GEOMETRY["vae"]["ch"], ch_mult=GEOMETRY["vae"]["ch_mult"])
        return vae(**configs)

    comfy.sd.AutoencodingEngine = small_vae

    control = comfy.cldm.dit_embedder.ControlNetEmbedder
    comfy.cldm.dit_embedder.ControlNetEmbedder = lambda **sizes: control(
        **{**sizes, "adm_in_channels": small[2048]}
    )


def find_files() -> None:
    def path_of(_kind: str, name: str) -> str:
        for folder in (TINY, SET, SET / "loras", SET / "controlnets"):
            if (folder / name).exists():
                return str(folder / name)
        raise FileNotFoundError(name)

    folder_paths.get_full_path = folder_paths.get_full_path_or_raise = path_of
    folder_paths.set_input_directory(str(SET / "inputs"))


def all_in_one() -> None:
    """The whole model in one file, as `tiny_allinone` is described."""
    whole = load_file(TINY / "tiny_large.safetensors")
    for name in WIDTH:
        for key, value in load_file(TINY / f"tiny_{name}.safetensors").items():
            whole[f"text_encoders.{name}.transformer.{key}"] = value.clone()
    save_file(whole, SET / "tiny_allinone.safetensors")


LOADERS = {"CheckpointLoaderSimple", "UNETLoader", "CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader"}
loaded: dict[str, tuple] = {}


def call(node: dict, values: dict) -> tuple:
    key = json.dumps(node, sort_keys=True)
    if key in loaded:
        return loaded[key]
    kind = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
    if hasattr(kind, "GET_SCHEMA"):
        result = kind.execute(**values).args
    else:
        result = getattr(kind(), kind.FUNCTION)(**values)
        if isinstance(result, dict):
            result = result.get("result", ())
    if node["class_type"] in LOADERS:
        loaded[key] = result
    return result


def run(graph: dict, done: dict, name: str) -> tuple:
    if name not in done:
        values = {
            key: run(graph, done, value[0])[value[1]] if isinstance(value, list) else value
            for key, value in graph[name]["inputs"].items()
        }
        done[name] = call(graph[name], values)
    return done[name]


def draw(case: dict) -> dict[str, torch.Tensor]:
    graph = json.loads((SET / case["workflow"]).read_text())
    done: dict[str, tuple] = {}
    with torch.inference_mode():
        latent = run(graph, done, case["latent_node"])[0]["samples"].float()
        tensors = {"final_latent": ((latent - SHIFT) * SCALE).contiguous()}
        if "image_node" in case:
            image = run(graph, done, case["image_node"])[0]
            tensors["uint8_hwc"] = (255.0 * image).clamp(0, 255).to(torch.uint8).contiguous()
    return {name: tensor.clone() for name, tensor in tensors.items()}


def main() -> None:
    make_small()
    find_files()
    all_in_one()
    asyncio.run(nodes.init_extra_nodes(init_custom_nodes=False, init_api_nodes=False))
    logging.disable(logging.WARNING)
    index = json.loads((SET / "index.json").read_text())
    kept = []
    for case in index["cases"]:
        try:
            save_file(draw(case), SET / case["expected"])
            kept.append(case)
        except Exception as error:
            print(f"{case['id']}: {type(error).__name__}: {str(error)[:200]!r}")
    (SET / "index.json").write_text(json.dumps({**index, "cases": kept}))
    print(f"{len(kept)} of {len(index['cases'])} drawn")


main()
