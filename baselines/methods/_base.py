"""What methods share: the interface, names of the policy's parts, and LoRA targets."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from baselines.selection.problem import Head
from baselines.training.trainability import Alive
from baselines.training.trainable import Plan

PROJECTIONS = (
    "embed_action_time.state_proj",
    "embed_action_time.action_in_proj",
    "embed_action_time.action_time_mlp_in",
    "embed_action_time.action_time_mlp_out",
    "action_out_proj",
)
"""Modules between robot and expert: state and action in, time, action out."""

STREAMS = {"language": "model.vlm.language_model.layers", "expert": "model.dit.layers"}
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")

PUBLISHED_RATE = 2.5e-5
"""Peak learning rate for policies of billions of parameters (arXiv 2511.22697, openpi)."""
LARGE = 10**9
"""Parameters from which `PUBLISHED_RATE` applies; small policies need larger steps."""


@dataclass(frozen=True)
class Method(abc.ABC):
    """A way to adapt a policy. Variants are made by `dataclasses.replace`."""

    name: str
    learning_rate: float = 3e-4  # peak, for policies of a few million parameters
    uses_heads: bool = False
    trains: bool = True

    @abc.abstractmethod
    def plan(self, model: Any, heads: Mapping[str, Sequence[Head]], alive: Alive) -> Plan:
        """What to train; `heads` by stream is empty unless `uses_heads`. Never names dead parameters."""

    def peak_rate(self, total_params: int) -> float:
        """Peak learning rate for a policy of that size."""
        return PUBLISHED_RATE if total_params >= LARGE else self.learning_rate


def projection_weights(alive: Alive) -> tuple[str, ...]:
    """Live parameters of the action projections."""
    return tuple(sorted(name for name in alive.parameters if name.rsplit(".", 1)[0] in PROJECTIONS))


def linears(model: Any, stream: str, suffixes: Sequence[str], alive: Alive) -> list[str]:
    """Names of the live linear modules of `stream` that end in one of `suffixes`."""
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and name.startswith(STREAMS[stream])
        and name.rsplit(".", 1)[-1] in suffixes
        and alive.module(name)
    ]
