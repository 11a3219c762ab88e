"""Checkpoint directories: `model.safetensors`, `config.json` (transformers) and `policy.json` (ours)."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import PI0Config, PI0ForConditionalGeneration

from baselines.adaptable.device import pick_device
from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0.architecture import build
from baselines.policies.pi0.manifest import CONFIG, POLICY, WEIGHTS, read_meta
from baselines.policies.pi0.pieces import PieceTokenizer
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.tokenizer import WordTokenizer
from harness.core.errors import UserError
from harness.core.files import whole_file, write_whole


def save(policy: Pi0Policy, directory: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a checkpoint, each file whole or not at all.

    Half precision keeps 11 significant bits, more than bfloat16, and small weights are far from its limits.
    """
    if not isinstance(policy.tokenizer, WordTokenizer | PieceTokenizer):
        raise UserError(f"policy {policy.name!r} uses a published tokenizer; save its adapter instead")
    directory.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().to("cpu", dtype) for name, value in policy.model.state_dict().items()}
    meta = policy.profile.to_json() | policy.tokenizer.to_json()
    meta |= {
        "stats": policy.normalisation.to_json(),
        "total_params": sum(value.numel() for value in weights.values()),
    }
    with whole_file(directory / WEIGHTS) as partial:
        save_file({name: value.contiguous() for name, value in weights.items()}, partial)
        partial.chmod(0o644)
    config = policy.model.config.to_diff_dict()
    write_whole(directory / CONFIG, json.dumps(config, indent=1, sort_keys=True) + "\n")
    write_whole(directory / POLICY, json.dumps(meta, indent=1) + "\n")


def load(directory: Path, device: str) -> Pi0Policy:
    """Read what `save` wrote, in single precision; UserError where files are missing or shapes differ."""
    meta = read_meta(directory)
    config = PI0Config.from_pretrained(directory)
    model = build(config, seed=0)
    fill(model, load_file(directory / WEIGHTS), source=str(directory))
    profile = Profile(**{name: meta[name] for name in Profile.__dataclass_fields__})
    pieces = meta.get("pieces")
    tokenizer = PieceTokenizer(tuple(pieces)) if pieces else WordTokenizer(tuple(meta["words"]))
    normalisation = Normalisation.from_json(meta["stats"])
    return Pi0Policy(model.eval().to(pick_device(device)), tokenizer, normalisation, profile)


def fill(model: PI0ForConditionalGeneration, weights: dict[str, torch.Tensor], source: str) -> None:
    """Copy `weights` into `model`; UserError that names the first tensor which does not fit."""
    own = model.state_dict()
    for name in own.keys() - weights.keys():
        raise UserError(f"checkpoint {source!r} lacks tensor {name!r}; write it again with harness.pretrain")
    for name, value in weights.items():
        want = tuple(own[name].shape) if name in own else None
        if want != tuple(value.shape):
            raise UserError(
                f"checkpoint {source!r}: tensor {name!r} has shape {tuple(value.shape)}, "
                f"its {CONFIG} asks for {want}; use the config that it was trained with"
            )
    model.load_state_dict({name: value.float() for name, value in weights.items()})
