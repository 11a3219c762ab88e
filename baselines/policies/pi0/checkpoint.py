"""Checkpoint directories: `model.safetensors`, `config.json` (transformers) and `policy.json` (ours)."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import PI0Config, PI0ForConditionalGeneration

from baselines.adaptable.device import pick_device
from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0 import manifest
from baselines.policies.pi0.architecture import build
from baselines.policies.pi0.manifest import CONFIG, POLICY, WEIGHTS, Manifest
from baselines.policies.pi0.pieces import PieceTokenizer
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.tokenizer import WordTokenizer
from baselines.policies.sources import hub
from baselines.policies.sources import weights as weight_files
from harness.core.errors import UserError
from harness.core.files import plain, whole_file, write_whole
from harness.core.specs import EEF_STATE, OSC_POSE


def save(policy: Pi0Policy, directory: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a checkpoint, each file whole or not at all.

    Half precision keeps 11 significant bits, more than bfloat16, and small weights are far from its limits.
    """
    if not isinstance(policy.tokenizer, WordTokenizer | PieceTokenizer):
        raise UserError(f"policy {policy.name!r} uses a published tokenizer; save its adapter instead")
    directory.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().to("cpu", dtype) for name, value in policy.model.state_dict().items()}
    about = policy.tokenizer.to_json() | {
        "stats": policy.normalisation.to_json(),
        "total_params": sum(value.numel() for value in weights.values()),
    }
    with whole_file(directory / WEIGHTS) as partial:
        save_file({name: value.contiguous() for name, value in weights.items()}, partial)
        partial.chmod(0o644)
    about["weights_sha256"] = weight_files.sha256([directory / WEIGHTS])
    config = policy.model.config.to_diff_dict()
    write_whole(directory / CONFIG, json.dumps(config, indent=1, sort_keys=True) + "\n")
    content = plain(policy.profile.to_json() | about)
    write_whole(directory / POLICY, json.dumps(content, indent=1, allow_nan=False) + "\n")


def load(directory: Path, device: str) -> Pi0Policy:
    """Read what `save` wrote, in single precision.

    Raises UserError where files are missing or damaged, or do not belong together.
    """
    about, config = manifest.read(directory), configuration(directory)
    check_shapes(config, weight_files.shapes(directory / WEIGHTS), source=str(directory))
    manifest.describe(directory)  # complains about all else
    model = build(config, seed=0)
    found = load_file(directory / WEIGHTS)
    model.load_state_dict({name: value.float() for name, value in found.items()})
    profile = Profile(**{name: getattr(about, name) for name in Profile.__dataclass_fields__})
    normalisation = _normalisation(about, directory)
    model.eval().to(pick_device(device))
    tokenizer = PieceTokenizer(about.pieces) if about.pieces else WordTokenizer(about.words)
    return Pi0Policy(model, tokenizer, normalisation, profile)


def configuration(spec: str | Path, *, local_only: bool = True) -> PI0Config:
    """config.json of a checkpoint. Raises UserError where it is damaged."""
    try:
        return PI0Config.from_pretrained(spec, local_files_only=local_only)
    except Exception as error:  # whatever a damaged file makes of transformers' own classes
        raise hub.unreachable(str(spec), error) from error


def check_shapes(config: PI0Config, found: weight_files.Shapes, source: str) -> None:
    """Raise UserError that names the first tensor which is not as `config` asks for; no memory is taken."""
    try:
        with torch.device("meta"):
            own = PI0ForConditionalGeneration(config).state_dict()
    except Exception as error:  # as above
        raise hub.unreachable(source, error) from error
    for name in own.keys() - found.keys():
        raise UserError(f"checkpoint {source!r} lacks tensor {name!r}; write it again with harness.pretrain")
    for name, shape in found.items():
        want = tuple(own[name].shape) if name in own else None
        if want != shape:
            raise UserError(
                f"checkpoint {source!r}: tensor {name!r} has shape {shape}, "
                f"its {CONFIG} asks for {want}; use the config that it was trained with"
            )


def _normalisation(about: Manifest, directory: Path) -> Normalisation:
    try:
        found = Normalisation.from_json(about.stats)
        sizes = [len(value) for value in vars(found).values()]
        if sizes == [EEF_STATE.size] * 2 + [OSC_POSE.size] * 2:
            return found
    except (TypeError, ValueError):
        pass
    raise UserError(f"{directory / POLICY} is damaged: its stats are none; copy the checkpoint again")
