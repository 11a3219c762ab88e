"""What decides the outcome of a pretraining run; read by the command line without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.core.schema import setting, whole


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome, apart from the data."""

    steps: int = setting("length of the schedule", 4000, format=whole(1))
    batch: int = setting("observations a step", 64, format=whole(1))
    lr: float = setting("peak learning rate", 1e-3)
    minutes: float = setting("training time after which the schedule ends, if before its steps", math.inf)
    shift: int = setting("pixels of random image shift", 0)
    weight_decay: float = setting("of AdamW", 0.01)
    seed: int = setting("of weights, order and noise", 0)
