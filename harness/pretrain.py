"""Collect the demonstrations of a base policy: `python -m harness.pretrain --out DIR`.

May be stopped at any time: the same command goes on. Then `python -m baselines.pretrain --data DIR` trains.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.render.backend import rendering_backend
from harness.core import registry, variation_grammar
from harness.core.command_line import parse
from harness.core.errors import UserError
from harness.core.formats import choice, listed, rate, whole
from harness.core.ids import IDS, chosen
from harness.core.schema import setting
from harness.pretraining.curriculum import DIMENSIONS, LEVELS, alternatives
from harness.records.directory_lock import DirectoryLock


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites", "libero_90")
    out: Path | None = setting("folder of the demonstrations", None, required=True)
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


def main(argv: Sequence[str] | None = None) -> int:
    """Collect and summarise; returns the exit status."""
    try:
        return run(parse(Options(), argv, prog="harness.pretrain", description=__doc__))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what was made is kept, the same command goes on", file=sys.stderr)
        return 130


def run(options: Options) -> int:
    """Make what is missing in --out, then report on all of it. Raises UserError."""
    from harness.pretraining.collect import Collection, Plan

    assert options.out is not None
    suite = registry.find("suite", options.suite)
    if suite.uses_mujoco:
        os.environ["MUJOCO_GL"] = rendering_backend()
    suite.asset_label(options.assets)
    tasks = tuple(
        suite.tasks[number] for number in chosen(options.task_ids, len(suite.tasks), "task", suite.name)
    )
    if options.varied_share:
        levels = f"{LEVELS[0]}-{LEVELS[-1]}"
        names = [name for each in options.dimensions for name in alternatives(each)]
        variation_grammar.parse(",".join(f"{name}:{levels}" for name in names), tasks)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(options.out)
    except OSError as error:
        raise UserError(f"cannot write to {options.out}: {error.strerror}; choose another --out") from None
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    with lock:
        collection = Collection(
            Plan(
                suite, options.out, options.demos, options.varied_share, options.dimensions, options.assets,
                options.image_size, options.render, tasks,
            )
        )  # fmt: skip
        collection.collect()
        print("\n".join(collection.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
