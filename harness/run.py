"""The main job: `python -m harness.run --suite libero_spatial --method steer`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core import registry
from harness.core.errors import UserError
from harness.core.versions import ANY_MUJOCO
from harness.study import options as command_line
from harness.study.options import Execution, Options

if TYPE_CHECKING:
    from harness.cluster.joined_ray import JoinedRay
    from harness.cluster.local_ray import LocalRay
    from harness.forecast.plan import Costs
    from harness.records.run_directory import RunDirectory
    from harness.study.study import Study

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses; FAILED where a method's success is below what was demanded, or nothing of it worked."""


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
    from harness.forecast import plan
    from harness.records import run_directory
    from harness.records.demo_store import demonstrations_for
    from harness.study.resolve import resolve

    study, how = resolve(options, mujoco), options.execution
    path = how.out or run_directory.default_path(study)
    if how.dry_run:
        print(plan.text(study, path, demonstrations_for(study.simulation), how.workers))
        return OK
    from harness.records.provenance import provenance

    if how.restart and (archived := run_directory.archive(path)):
        print(f"the existing run is archived as {archived}", file=sys.stderr)
    with ExitStack() as locked, ExitStack() as started:  # the lock is held until Ray is gone
        cluster = cache(lambda: started.enter_context(closing(ray_of(how, backend))))
        session = provenance() | plan.session(study, how.workers)

        def begin(recorded: int) -> None:
            if recorded < sum(sum(tasks.values()) for tasks in session["planned"].values()):
                cluster()

        directory = run_directory.RunDirectory(path, study, session, opened=begin)
        locked.callback(directory.close)
        print(f"run directory: {directory.path}", file=sys.stderr, flush=True)
        execute(how, study, directory, cluster)
    return report(directory.path, how.fail_under)


def ray_of(how: Execution, backend: str) -> LocalRay | JoinedRay:
    """Ray on this machine, which begins to start, or the cluster that was asked for."""
    if how.ray_address:
        from harness.cluster.joined_ray import JoinedRay

        return JoinedRay(how.ray_address, how.workers, backend)
    from harness.cluster.local_ray import LocalRay

    return LocalRay(how.workers, backend)


def check_machine(options: Options) -> tuple[str, str]:
    """MUJOCO_GL value and MuJoCo version; empty for a suite that needs neither. Raises UserError."""
    from benchmarks.assets.libero_setup import check_mujoco
    from benchmarks.render.backend import rendering_backend

    suite = registry.find("suite", options.simulation.suite)
    if not suite.uses_mujoco:
        return "", ""
    if options.execution.allow_mujoco_mismatch:
        os.environ[ANY_MUJOCO] = "1"
    backend = rendering_backend()
    return backend, check_mujoco()


def execute(
    how: Execution, study: Study, directory: RunDirectory, cluster: Callable[[], LocalRay | JoinedRay]
) -> None:
    """Do all work that is left. Ray is not started when there is none."""
    from harness.forecast.plan import costs_beside

    costs = costs_beside(directory.path, study)
    drive(how, study, directory, costs, cluster)
    if study.scenes.retention_episodes:
        from harness.study.retention import retention_study

        print(f"retention: {study.policy.pretrained_suite}", file=sys.stderr, flush=True)
        ended = directory.adaptations.statuses("adapt_id", once=False)
        later = retention_study(study, {name for name, status in ended.items() if status == "done"})
        drive(how, later, directory.for_retention(later.untrained), costs, cluster)


def drive(
    how: Execution,
    study: Study,
    directory: RunDirectory,
    costs: Costs,
    cluster: Callable[[], LocalRay | JoinedRay],
) -> None:
    """Do the work of one study that is left."""
    from harness.console.progress import Progress
    from harness.console.scoreboard import Scoreboard, plural
    from harness.engine.driver import Driver
    from harness.forecast.plan import planned
    from harness.records.demo_store import demonstrations_for

    store = demonstrations_for(study.simulation)
    driver = Driver(study, directory, store, how.workers, retry_errors=how.retry_errors)
    if driver.scheduler.finished:
        print("everything asked for is recorded already", file=sys.stderr)
    else:
        from harness.cluster.pool import Pool

        scoreboard = Scoreboard(planned(study.cells()), driver.judged)
        names = {task_id: task.instruction for task_id, task in driver.tasks.items()}
        with (
            closing(
                Pool(
                    study, directory.path, store, cluster(), workers=how.workers, timeout_s=how.stall_timeout
                )
            ) as pool,
            Progress(driver.left, costs, pool.size, scoreboard, names) as progress,
        ):
            driver.drive(pool, progress)
    if driver.errors:
        print(
            f"{plural(driver.errors, 'episode')} ended in an error (see column error of "
            f"{directory.episodes.path}); --retry-errors runs them again",
            file=sys.stderr,
        )


def report(path: Path, fail_under: float | None) -> int:
    """Write all tables beside the records and print those of a run; returns the exit status."""
    import results
    from harness.console import time_breakdown
    from results.render import forms, text
    from results.tables import success

    comparison = results.compare(path, allow_mixed=True, published=False)
    forms.save_in_run(comparison)
    print(text.terminal(comparison.of_a_run, colour=sys.stdout.isatty()))
    below = [] if fail_under is None else success.below(comparison.success, fail_under)
    broken = success.without_result(comparison.records.episodes)
    shares = time_breakdown.text(comparison.records.episodes)
    for line in filter(None, (*below, shares, *broken)):
        print(line, file=sys.stderr)
    return FAILED if below or broken else OK


def again(argv: Sequence[str]) -> str:
    """The command that goes on where this one stopped."""
    return f"python -m harness.run {shlex.join(argv)}"


if __name__ == "__main__":
    sys.exit(main())
