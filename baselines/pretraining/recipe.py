"""What decides the outcome of a pretraining run; read by the command line without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.core.formats import choice, number, whole
from harness.core.schema import setting


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome, apart from the data."""

    size: str = setting("of the policy", "base", format=choice("base", "small"))
    steps: int = setting("length of the schedule", 30_000, format=whole(1, 10**8))
    batch: int = setting("observations a step", 64, format=whole(1, 10**5))
    lr: float = setting("peak learning rate", 1e-3, format=number(above=0.0, most=10.0))
    minutes: float = setting(
        "training time after which the schedule ends, if before its steps", math.inf, format=number(above=0.0)
    )
    augmentation: str = setting("of training images", "openpi", format=choice("openpi", "none"))
    weight_decay: float = setting("of AdamW", 0.01, format=number(least=0.0, most=10.0))
    seed: int = setting("of weights, order and noise", 0, format=whole(0, 2**31 - 1))
