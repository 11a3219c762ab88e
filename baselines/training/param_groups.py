"""Parameters by part of the policy: vision, language, expert, projections."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from baselines.policies.pi0.network import Model

PREFIXES = {
    "vision": ("model.vlm.vision_tower.", "model.vlm.multi_modal_projector."),
    "language": ("model.vlm.language_model.",),
    "expert": ("model.dit.",),
    "projections": ("embed_action_time.", "action_out_proj."),
}
"""Parts of `PI0ForConditionalGeneration` by the names of their parameters."""


def count(model: Model) -> dict[str, int]:
    """Numbers in all parameters of each part."""
    return count_named(model.named_parameters())


def count_named(parameters: Iterable[tuple[str, nn.Parameter]]) -> dict[str, int]:
    """Numbers in the given parameters by part; every name belongs to one."""
    counts = dict.fromkeys(PREFIXES, 0)
    for name, value in parameters:
        counts[next(part for part, starts in PREFIXES.items() if name.startswith(starts))] += value.numel()
    return counts
