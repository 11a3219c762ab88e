"""Make a base policy from scratch: `python -m harness.pretrain --out DIR`.

Its stages are `collect`, demonstrations of all tasks of a suite in DIR/demos, and `train`, on those that are
there, to a policy in DIR/NAME. Either may be stopped at any time: the same command goes on. Training writes a
checkpoint every 200 steps and its losses to log.csv; demonstrations that came since are taken in when it goes
on. Recipe: AdamW with a cosine schedule, bfloat16 autocast, two noise samples an observation, noise on the
state, frames around gripper commands oversampled, instructions in eight other wordings, moving average of
the weights.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from baselines.pretraining.recipe import Recipe
from benchmarks.render.backend import rendering_backend
from harness.core import registry, variation_grammar
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import choice, listed, rate, whole
from harness.core.ids import IDS, chosen
from harness.core.schema import setting
from harness.pretraining.curriculum import DIMENSIONS, LEVELS, alternatives
from harness.records.directory_lock import DirectoryLock

STAGES = ("collect", "train")


@dataclass(frozen=True)
class Demonstrations:
    """Settings of the stage `collect`."""

    suite: str = setting("python -m harness.list suites", "libero_90")
    task_ids: tuple[int, ...] = setting(
        "all, or ids as 0-9 or 0,3", (), flag="tasks", format=IDS, default_text="(all)"
    )
    demos: int = setting("per task", 60, format=whole(1))
    varied_share: float = setting("share of them that is varied", 0.5, format=rate())
    dimensions: tuple[str, ...] = setting(
        "comma list of variations of which levels 1 and 2 are drawn; `|` between alternatives",
        DIMENSIONS,
        format=listed(),
        default_text="(lighting, background, camera, distractors, robot-start, sensors)",
    )
    assets: str = setting("original, hub or DIR", "original")
    image_size: int = setting("side of the images, pixels", 96, format=whole(8))
    render: str = setting("how images are drawn", "fast", format=choice("exact", "fast"))


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    out: Path | None = setting("folder of all that is made", None, required=True)
    stages: tuple[str, ...] = setting("comma list of collect and train", STAGES, format=listed())
    collect: Demonstrations = field(default_factory=Demonstrations)
    recipe: Recipe = field(default_factory=Recipe)
    data: Path | None = setting("demonstrations (*.npz) to train on", None, default_text="(OUT/demos)")
    exclude: tuple[str, ...] = setting("comma list of suites not to train on", (), format=listed())
    name: str = setting("of the policy and its folder", "pi0-libero90")
    processes: int | None = setting(
        "that share a batch", None, format=whole(1, 1024), default_text="(one a core; one on a GPU)"
    )


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Collect and train; returns the exit status."""
    try:
        return run(parse(Options(), argv, prog="harness.pretrain", description=__doc__))
    except KeyboardInterrupt:
        print("\nstopped; what was made is kept, the same command goes on", file=sys.stderr)
        return 130


def run(options: Options) -> int:
    """The asked stages in their order. Raises UserError, where it can before anything is made."""
    assert options.out is not None
    if unknown := [stage for stage in options.stages if stage not in STAGES]:
        raise UserError(f"--stages {unknown[0]}: no such stage; choose from {', '.join(STAGES)}")
    if options.name != Path(options.name).name or options.name in ("", "demos"):
        raise UserError(f"--name {options.name!r} names no folder for a policy; choose another")
    demos = options.out / "demos"
    data = options.data or demos
    collects = "collect" in options.stages
    if not collects and not any(data.rglob("*.npz")):
        raise UserError(f"{data}: no demonstrations (*.npz) there; collect some, or name another --data")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    if collects:
        collect(options.collect, demos)
    if "train" in options.stages:
        train(options, data, options.out / options.name)
    return 0


def collect(wanted: Demonstrations, out: Path) -> None:
    """Make the demonstrations that `out` lacks, then report on all of them. Raises UserError."""
    from harness.pretraining.collect import Collection, Plan

    suite = registry.find("suite", wanted.suite)
    if suite.uses_mujoco:
        os.environ["MUJOCO_GL"] = rendering_backend()
    suite.asset_label(wanted.assets)
    tasks = tuple(
        suite.tasks[number] for number in chosen(wanted.task_ids, len(suite.tasks), "task", suite.name)
    )
    if wanted.varied_share:
        levels = f"{LEVELS[0]}-{LEVELS[-1]}"
        names = [name for each in wanted.dimensions for name in alternatives(each)]
        variation_grammar.parse(",".join(f"{name}:{levels}" for name in names), tasks)
    with locked(out):
        collection = Collection(
            Plan(
                suite, out, wanted.demos, wanted.varied_share, wanted.dimensions, wanted.assets,
                wanted.image_size, wanted.render, tasks,
            )
        )  # fmt: skip
        collection.collect()
        print("\n".join(collection.summary()))


def train(options: Options, data: Path, out: Path) -> None:
    """Train on the demonstrations below `data` as asked for; torch is imported only now. Raises UserError."""
    import torch

    from baselines.pretraining.run import pretrain

    processes = options.processes or (1 if torch.cuda.is_available() else len(os.sched_getaffinity(0)))
    if processes > 1:
        torch.set_num_threads(1)
    with locked(out):
        pretrain(data, out, options.recipe, exclude=options.exclude, processes=processes)


def locked(folder: Path) -> DirectoryLock:
    """The lock of a folder, which is made where it is missing. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return DirectoryLock(folder)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from None


if __name__ == "__main__":
    sys.exit(main())
