"""Checkpoints that are not built in: directories of this project, and transformers' own pi0 checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PI0Config, PI0ForConditionalGeneration

from baselines.adaptable.device import pick_device
from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0 import checkpoint, manifest
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.tokenizer import PretrainedTokenizer
from baselines.policies.sources import hub, weights
from harness.core.errors import UserError
from harness.core.specs import EEF_STATE, OSC_POSE, PolicyInfo


@dataclass(frozen=True)
class Directory:
    """Written by `baselines.policies.pi0.checkpoint.save`."""

    path: Path

    @property
    def name(self) -> str:
        """As given."""
        return str(self.path)

    def describe(self) -> PolicyInfo:
        """See `harness.core.protocols.PolicySource`."""
        return manifest.describe(self.path)

    def load(self, device: str) -> Pi0Policy:
        """The policy on `device`."""
        return checkpoint.load(self.path, device)


@dataclass(frozen=True)
class Published:
    """A hub id, or a directory in transformers' format without our `policy.json`.

    Such checkpoints carry no statistics of LIBERO states and actions: adaptation measures them on its
    demonstrations and keeps them with the adapter.
    """

    spec: str

    @property
    def name(self) -> str:
        """As given."""
        return self.spec

    def describe(self) -> PolicyInfo:
        """See `harness.core.protocols.PolicySource`."""
        config: Any = self._config()
        with torch.device("meta"):
            model = PI0ForConditionalGeneration(config)
        profile = self._profile(config)
        return PolicyInfo(
            name=profile.name,
            image_size=profile.image_size,
            render=profile.render,
            horizon=profile.horizon,
            replan_steps=profile.replan,
            sha256=self._digest(),
            total_params=sum(value.numel() for value in model.parameters()),
            streams=manifest.streams(config.vlm_config.text_config.to_dict()),
        )

    def load(self, device: str) -> Pi0Policy:
        """The policy on `device`; UserError without network or where a tensor does not fit."""
        config = self._config()
        try:
            loaded: Any = PI0ForConditionalGeneration.from_pretrained(
                self.spec,
                config=config,
                local_files_only=not hub.reachable(),
                attn_implementation="eager",
                dtype=torch.float32,  # the optimiser needs it; autocast computes in bfloat16
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
            tokenizer = AutoTokenizer.from_pretrained(self.spec, local_files_only=not hub.reachable())
        except (OSError, ValueError) as error:
            raise hub.unreachable(self.spec, error) from error
        model, found = loaded
        for name, saved, wanted in sorted(found["mismatched_keys"]):
            raise UserError(
                f"policy {self.spec!r}: tensor {name!r} has shape {tuple(saved)}, its config.json asks for "
                f"{tuple(wanted)}; use the config that it was trained with"
            )
        for name in sorted(found["missing_keys"]):
            raise UserError(f"policy {self.spec!r} lacks tensor {name!r}; it is not a whole pi0 checkpoint")
        model.eval().to(pick_device(device))
        nothing = Normalisation.identity(EEF_STATE.size, OSC_POSE.size)
        return Pi0Policy(model, PretrainedTokenizer(tokenizer), nothing, self._profile(config))

    def _config(self) -> PI0Config:
        return checkpoint.configuration(self.spec, local_only=not hub.reachable())

    def _digest(self) -> str:
        """Of its weights. Raises UserError where a file of a directory is not whole."""
        if not Path(self.spec).is_dir():
            return hub.revision(self.spec)
        files = sorted(Path(self.spec).glob("*.safetensors"))
        for path in files:
            weights.shapes(path)
        return weights.sha256(files) if files else "unknown"

    def _profile(self, config: Any) -> Profile:
        size = config.vlm_config.vision_config.image_size
        # openpi runs 5 to 10 actions of each chunk on LIBERO (examples/libero/main.py: replan_steps=5).
        return Profile(
            name=self.spec, image_size=size, horizon=config.chunk_size, replan=5,
            denoise_steps=config.num_inference_steps, render="exact",
        )  # fmt: skip


def source(spec: str) -> Directory | Published:
    """The right reader for a directory or hub id: transformers' format is the one without `policy.json`."""
    ours = (Path(spec) / manifest.POLICY).exists()
    return Directory(Path(spec)) if ours else Published(spec)
