"""What decides the outcome of a pretraining run; read by the command line without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.core.formats import number, whole
from harness.core.schema import setting


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome, apart from the data."""

    steps: int = setting("length of the schedule", 4000, format=whole(1, 10**8))
    batch: int = setting("observations a step", 64, format=whole(1, 10**5))
    lr: float = setting("peak learning rate", 1e-3, format=number(above=0.0, most=10.0))
    minutes: float = setting(
        "training time after which the schedule ends, if before its steps", math.inf, format=number(above=0.0)
    )
    shift: int = setting("pixels of random image shift", 0, format=whole(0, 64))
    weight_decay: float = setting("of AdamW", 0.01, format=number(least=0.0, most=10.0))
    seed: int = setting("of weights, order and noise", 0, format=whole(0, 2**31 - 1))
