"""Train the built-in policy from scratch: `python -m baselines.pretrain --data DIR --out DIR`.

Reads every demonstration (*.npz) under --data. May be stopped at any time: the same command goes on where
the last save, every 200 steps, left off. Recipe: AdamW with a cosine schedule, bfloat16 autocast, two noise
samples per observation, noise on the state, frames around gripper commands oversampled, moving average of
the weights. Losses go to log.csv.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from baselines.pretraining.recipe import Recipe
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import listed, whole
from harness.core.schema import setting


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    data: Path | None = setting("folder with demonstrations (*.npz)", None, required=True)
    out: Path | None = setting("checkpoint folder, made or resumed", None, required=True)
    recipe: Recipe = field(default_factory=Recipe)
    processes: int | None = setting(
        "that share a batch", None, format=whole(1, 1024), default_text="(one a core; one on a GPU)"
    )
    exclude: tuple[str, ...] = setting("comma list of suites to leave out", (), format=listed())


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    train(parse(Options(), argv, prog="baselines.pretrain", description=__doc__))
    return 0


def train(options: Options) -> None:
    """Train as asked for; torch is imported only now. Raises UserError."""
    assert options.data is not None
    if not any(options.data.rglob("*.npz")):
        raise UserError(
            f"--data {options.data}: no demonstrations (*.npz) there; see python -m harness.demos"
        )
    import torch

    from baselines.pretraining import run

    assert options.out is not None
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    processes = options.processes or (1 if torch.cuda.is_available() else os.cpu_count() or 1)
    if processes > 1:
        torch.set_num_threads(1)
    run.pretrain(options.data, options.out, options.recipe, exclude=options.exclude, processes=processes)


if __name__ == "__main__":
    sys.exit(main())
