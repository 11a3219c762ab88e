"""Checkpoint directories: `model.safetensors`, `config.json` (transformers) and `policy.json` (ours)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from baselines.policies.pi0.architecture import build
from baselines.policies.pi0.library import PI0Config, PI0ForConditionalGeneration
from baselines.policies.pi0.manifest import CONFIG, POLICY, WEIGHTS, read_meta
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.stats import Stats
from baselines.policies.pi0.tokenizer import WordTokenizer
from harness.core.errors import UserError


def save(policy: Pi0Policy, directory: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a checkpoint, each file whole or not at all.

    Half precision keeps 11 significant bits, more than bfloat16, and small weights are far from its limits.
    """
    if not isinstance(policy.tokenizer, WordTokenizer):
        raise UserError(f"policy {policy.name!r} uses a published tokenizer; save its adapter instead")
    directory.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().to("cpu", dtype) for name, value in policy.model.state_dict().items()}
    meta = policy.profile.to_json() | {
        "stats": policy.stats.to_json(),
        "words": list(policy.tokenizer.words),
        "total_params": sum(value.numel() for value in weights.values()),
    }
    partial = directory / f".{WEIGHTS}.{os.getpid()}.part"
    save_file({name: value.contiguous() for name, value in weights.items()}, partial)
    partial.chmod(0o644)
    partial.replace(directory / WEIGHTS)
    _write(directory / CONFIG, json.dumps(policy.model.config.to_diff_dict(), indent=1, sort_keys=True))
    _write(directory / POLICY, json.dumps(meta, indent=1))


def load(directory: Path, device: torch.device) -> Pi0Policy:
    """Read what `save` wrote, in single precision; UserError where files are missing or shapes differ."""
    meta = read_meta(directory)
    config = PI0Config.from_pretrained(directory)
    model = build(config, seed=0)
    fill(model, load_file(directory / WEIGHTS), source=str(directory))
    profile = Profile(**{name: meta[name] for name in Profile.__dataclass_fields__})
    tokenizer = WordTokenizer(tuple(meta["words"]))
    return Pi0Policy(model.eval().to(device), tokenizer, Stats.from_json(meta["stats"]), profile)


def fill(model: PI0ForConditionalGeneration, weights: dict[str, torch.Tensor], source: str) -> None:
    """Copy `weights` into `model`; UserError that names the first tensor which does not fit."""
    own = model.state_dict()
    for name in own.keys() - weights.keys():
        raise UserError(
            f"checkpoint {source!r} lacks tensor {name!r}; write it again with baselines.pretrain"
        )
    for name, value in weights.items():
        want = tuple(own[name].shape) if name in own else None
        if want != tuple(value.shape):
            raise UserError(
                f"checkpoint {source!r}: tensor {name!r} has shape {tuple(value.shape)}, "
                f"its {CONFIG} asks for {want}; use the config that it was trained with"
            )
    model.load_state_dict({name: value.float() for name, value in weights.items()})


def tensor_shapes(path: Path) -> dict[str, list[int]]:
    """Shapes of a safetensors file by tensor name, without reading the weights."""
    with safe_open(path, "pt") as file:
        return {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_text(text + "\n")
    partial.replace(path)
