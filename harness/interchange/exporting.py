"""Demonstrations of this project become a dataset that others read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.protocols import DatasetFormat, Suite
from harness.interchange import manifest
from harness.records.demo_store import DemoStore


def check_out(out: Path) -> None:
    """Raise UserError where `out` holds something that was not written here."""
    if out.is_dir() and any(out.iterdir()) and not manifest.is_own(out):
        raise UserError(
            f"--out {out} holds other files than a dataset of harness.demos; choose an empty folder"
        )


def export(
    out: Path,
    form: DatasetFormat,
    suite: Suite,
    store: DemoStore,
    seeds: Sequence[tuple[int, int]],
    *,
    video: bool,
) -> None:
    """Write the demonstrations (task, seed) of `store` to `out`, whole or not at all.

    Those of a task follow each other. A dataset that was written there before is replaced.
    """
    kept = {(task, attempt.seed): attempt for task in dict(seeds) for attempt in store.attempts(task)}

    def demonstrations() -> Iterator[Demonstration]:
        for task_id, seed in seeds:
            yield store.load(task_id, seed)

    partial = out.parent / f".{os.getpid()}.{out.name}"
    try:
        partial.mkdir(parents=True)
        form.write(partial, demonstrations(), suite, in_videos=video)
        origins = [manifest.Origin(task, seed, kept[task, seed].sha256) for task, seed in seeds]
        manifest.write(partial, suite.name, form.name, store.assets, origins)
        if out.exists():
            shutil.rmtree(out)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
