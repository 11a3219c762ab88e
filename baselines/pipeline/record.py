"""What is recorded of an adaptation: plain values by field name. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.meter import Meter

if TYPE_CHECKING:
    from baselines.pipeline.adapt import Adaptation

MOST_LOSSES = 200
"""Losses kept in a record; those of longer runs are averaged in groups."""


def described(
    totals: Mapping[str, int], trained: Mapping[str, int], done: Adaptation | None, meter: Meter
) -> dict[str, Any]:
    """Fields of an adaptation's record, but for those of the device.

    `totals` and `trained` are numbers of parameters by part. Seconds are wall time by phase. Of gpu_hours
    and cpu_core_hours one is a number, the other None.
    """
    losses = done.trained.losses if done else []
    return {
        "trainable_params": sum(trained.values()),
        "total_params": sum(totals.values()),
        "params": {name: {"trained": trained.get(name, 0), "total": totals[name]} for name in totals},
        "load_s": meter.wall("load"),
        "activations_s": meter.wall("activations"),
        "select_s": meter.wall("selection"),
        "sweep_s": meter.wall("sweep"),
        "train_s": meter.wall("training"),
        "checkpoint_s": meter.wall("checkpoint"),
        "gpu_hours": meter.gpu_hours,
        "cpu_core_hours": meter.cpu_core_hours,
        "peak_bytes": meter.peak_bytes,
        "optimiser_bytes": done.trained.optimiser_bytes if done else 0,
        "energy_source": meter.energy_source,
        "ledger": meter.ledger(),
        "heads": done.heads if done else None,
        "losses": thinned(losses),
        "first_loss": losses[0] if losses else None,
        "last_loss": float(np.mean(losses[-10:])) if losses else None,
        "learning_rate": done.learning_rate if done else None,
        "sweep": done.sweep.to_json() if done and done.sweep else None,
        "flops": done.trained.flops if done else 0,
    }


def thinned(losses: Sequence[float]) -> list[float]:
    """At most MOST_LOSSES numbers: means of consecutive groups."""
    groups = np.array_split(np.asarray(losses), min(MOST_LOSSES, len(losses)) or 1)
    return [round(float(group.mean()), 5) for group in groups if len(group)]
