"""The main job: `python -m harness.run --suite libero_spatial --method steer`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.errors import UserError
from harness.core.versions import ANY_MUJOCO
from harness.study import options as command_line
from harness.study.options import Options

OK, BELOW, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one study; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        return run(command_line.parse(argv))
    except UserError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"\nstopped; what was done is kept. To go on: {again(argv)}", file=sys.stderr)
        return INTERRUPTED


def run(options: Options) -> int:
    """Resolve, plan or execute, and print the tables. Raises UserError."""
    backend, mujoco = check_machine(options)
    from harness.console import time_breakdown
    from harness.forecast import plan
    from harness.records import run_directory
    from harness.study.study import resolve

    study = resolve(options, mujoco)
    path = options.out or run_directory.default_path(study)
    if options.plan:
        print(plan.text(study, path, demonstrations(study), options.workers))
        return OK
    from harness.records.provenance import provenance

    if options.new and (old := run_directory.set_aside(path)):
        print(f"the earlier run is now {old}", file=sys.stderr)
    with ExitStack() as locked, ExitStack() as started:  # the lock is held until Ray is gone
        place = cache(lambda: started.enter_context(closing(workplace(options, backend))))

        session = provenance() | plan.session(study, options.workers)

        def begin(recorded: int) -> None:
            if recorded < sum(sum(tasks.values()) for tasks in session["planned"].values()):
                place()

        directory = run_directory.RunDirectory(path, study, session, opened=begin)
        locked.callback(directory.close)
        print(f"run directory: {directory.path}", file=sys.stderr, flush=True)
        execute(options, study, directory, plan.costs_beside(path, study), place)
    status = report(directory.path, options.fail_under)
    print(time_breakdown.text(directory.episodes.rows()), file=sys.stderr)
    return status


def workplace(options: Options, backend: str) -> Any:
    """Ray on this machine, which begins to start, or the cluster that was asked for."""
    from harness.cluster.pool import Cluster, Head

    if options.ray_address:
        return Cluster(options.ray_address, options.workers, backend)
    return Head(options.workers, backend)


def check_machine(options: Options) -> tuple[str, str]:
    """MUJOCO_GL value and MuJoCo version; empty for a suite that needs neither. Raises UserError."""
    from benchmarks.render.backend import rendering_backend

    suite = registry.find("suite", options.suite)
    if not suite.uses_mujoco:
        return "", ""
    if options.any_mujoco:
        os.environ[ANY_MUJOCO] = "1"
    backend = rendering_backend()
    return backend, registry.module("benchmarks.assets.libero_setup").check_mujoco()


def execute(options: Options, study: Any, directory: Any, costs: Any, place: Callable[[], Any]) -> None:
    """Do all work that is left. Ray is not started when there is none."""
    store = demonstrations(study)
    drive(options, study, directory, store, costs, place)
    if study.forgetting:
        from harness.study.retention import memory

        print(f"forgetting: {study.pretrained_suite}", file=sys.stderr, flush=True)
        drive(options, *memory(study, directory), store, costs, place)


def demonstrations(study: Any) -> Any:
    """Where demonstrations are kept as this study needs them."""
    from harness.records.demo_store import DemoStore, default_root

    return DemoStore(
        default_root(), study.suite, study.asset_label, study.image_size, study.render, study.expert
    )


def drive(
    options: Options, study: Any, directory: Any, store: Any, costs: Any, place: Callable[[], Any]
) -> None:
    """Do the work of one study that is left."""
    from harness.console.scoreboard import plural
    from harness.engine.driver import Driver

    driver = Driver(study, directory, store, options.workers, costs, retry_errors=options.retry_errors)
    if driver.scheduler.finished:
        print("everything asked for is recorded already", file=sys.stderr)
    else:
        from harness.cluster.pool import Pool

        with closing(
            Pool(study, directory.path, store, place(), workers=options.workers, timeout_s=options.timeout)
        ) as pool:
            driver.drive(pool)
    if count := driver.standings.total()["error"]:
        print(
            f"{plural(count, 'episode')} ended in an error (see column error of {directory.episodes.path}); "
            "--retry-errors runs them again",
            file=sys.stderr,
        )


def report(path: Path, fail_under: float | None) -> int:
    """Write and print the tables; returns the exit status."""
    tables = registry.module("results.tables.success")
    print(tables.write(path))
    if accounts := registry.module("results.tables.ledger").write(path):
        print(f"\n{accounts}")
    if text := registry.module("results.tables.robustness").write(path):
        print(f"\n{text}")
    below = tables.methods_below(path, fail_under) if fail_under is not None else []
    for line in below:
        print(line, file=sys.stderr)
    return BELOW if below else OK


def again(argv: Sequence[str]) -> str:
    """The command that goes on where this one stopped."""
    return f"python -m harness.run {shlex.join(argv)}"


if __name__ == "__main__":
    sys.exit(main())
