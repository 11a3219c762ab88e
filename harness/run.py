"""The main job: `python -m harness.run --suite libero_spatial --method steer`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.command_line import BAD_INPUT, complain
from harness.core.errors import UserError
from harness.core.files import check_file
from harness.core.signals import stop_by_signals
from harness.core.versions import ANY_MUJOCO
from harness.study import options as command_line
from harness.study.options import Execution, Options

if TYPE_CHECKING:
    from harness.cluster.joined_ray import JoinedRay
    from harness.cluster.local_ray import LocalRay
    from harness.core.keys import AdaptKey
    from harness.core.protocols import Suite
    from harness.engine.driver import Driver
    from harness.forecast.costs import Costs
    from harness.records.demo_store import DemoStore
    from harness.records.run_directory import RunDirectory
    from harness.study.names import Named
    from harness.study.study import Study

OK, FAILED, INTERRUPTED = 0, 1, 130
"""Exit statuses; FAILED where a method's success is below what was demanded, or nothing of it worked."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one study; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    stop_by_signals()
    try:
        return run(command_line.parse(argv))
    except UserError as error:
        return complain(error)
    except KeyboardInterrupt:
        print(f"\nstopped; what was done is kept. To go on: {again(argv)}", file=sys.stderr)
        return INTERRUPTED


def run(options: Options) -> int:
    """Resolve, plan or execute, and print the tables. Raises UserError."""
    from harness.core.paths import runs_dir
    from harness.forecast import plan
    from harness.forecast.costs import costs_beside
    from harness.study.names import look_up
    from harness.study.resolve import resolve

    named, how = look_up(options), options.execution
    if how.junit is not None:
        check_file(how.junit, "--junit")
    backend, mujoco = check_machine(named.suite, how)
    study, store = demonstrations_of(resolve(options, named, mujoco), named)
    path = how.out or runs_dir() / study.run_name
    if how.dry_run:
        print(plan.text(study, path, store, how.workers))
        print("\n".join(detection(study, path)))
        return OK
    with ExitStack() as locked, ExitStack() as started:  # the lock is held until Ray is gone
        cluster = cache(lambda: started.enter_context(closing(ray_of(how, backend))))
        for place, stage in enumerate(stages(study, how)):
            locked.close()  # of the stage before
            begun = replace(how, restart=how.restart and not place)
            directory = open_directory(path, stage, begun, told(study, how), cluster)
            locked.callback(directory.close)
            Work(how, store, costs_beside(directory.path, stage), cluster).execute(stage, directory)
            if how.until_decided and decided(directory.path, how):
                break
    return report(directory.path, how)


def open_directory(
    path: Path, study: Study, how: Execution, rule: dict[str, Any], cluster: Callable[[], object]
) -> RunDirectory:
    """The run directory, locked; Ray begins to start where episodes are missing. Raises UserError."""
    from harness.records.provenance import session_of
    from harness.records.run_directory import RunDirectory

    planned = study.planned()

    def begin(recorded: int) -> None:
        if recorded < planned.total():
            cluster()

    def session() -> dict[str, Any]:
        return session_of(planned, how.workers) | rule

    directory = RunDirectory(path, study, session, opened=begin, restart=how.restart)
    if directory.archived:
        print(f"the existing run is archived as {directory.archived}", file=sys.stderr)
    print(f"run directory: {directory.path}", file=sys.stderr, flush=True)
    return directory


def stages(study: Study, how: Execution) -> list[Study]:
    """The whole study, or with --until-decided its first seed, its first two, and so on.

    Raises UserError where there is nothing to decide.
    """
    if not how.until_decided:
        return [study]
    if len(study.adaptation.methods) < 2:
        raise UserError("--until-decided compares methods; name two with --method, such as steer,lora")
    seeds = study.scenes.seeds
    return [
        replace(study, scenes=replace(study.scenes, seeds=seeds[: count + 1])) for count in range(len(seeds))
    ]


def told(study: Study, how: Execution) -> dict[str, Any]:
    """What study.json says of a study that may stop early."""
    rule = {"margin": how.margin, "alpha": how.alpha, "seeds": len(study.scenes.seeds)}
    return {"until_decided": rule} if how.until_decided else {}


def decided(run: Path, how: Execution) -> bool:
    """Whether the records of `run` decide its first planned contrast."""
    import results
    from results.tables import looks

    found = looks.decision(results.load(run), looks.Rule(how.margin, how.alpha))
    if found:
        print(f"decided: {found}", file=sys.stderr)
    return bool(found)


def detection(study: Study, run: Path) -> list[str]:
    """What the planned contrasts of a study detect. Raises UserError where records in `run` are damaged."""
    from results.stats.design import Design
    from results.tables import planning
    from results.tables.contrasts import chosen

    scenes, asked = study.scenes, study.adaptation
    if len(asked.methods) < 2:
        return []
    strata = len(scenes.task_ids) if asked.adapt_per == "task" else 1
    design = Design(strata, len(scenes.seeds), scenes.episodes * len(scenes.task_ids) // strata)
    return planning.detection(design, len(chosen(asked.methods)), run)


def demonstrations_of(study: Study, named: Named) -> tuple[Study, DemoStore]:
    """Where demonstrations are: the expert's, or those of `--demos-from`, which are checked and converted.

    Raises UserError for a dataset that does not fit.
    """
    from harness.records.demo_store import default_root, demonstrations_for

    simulation = study.simulation
    if not simulation.demos_from:
        return study, demonstrations_for(simulation)
    from baselines.data.images import fit
    from harness.interchange import importing, placements

    wanted = importing.Wanted(
        named.suite,
        simulation,
        study.scenes.task_ids,
        study.scenes.seeds,
        study.adaptation.demos,
        named.policy.needs.cameras,
    )
    source = importing.open_source(simulation.demos_from, wanted)
    store, known = importing.convert(source, wanted, default_root(), fit, assets=simulation.assets)
    print(f"demonstrations: {source.label}; {placements.MEANING[known]}", file=sys.stderr, flush=True)
    return replace(study, simulation=importing.labelled(simulation, source, known)), store


def ray_of(how: Execution, backend: str) -> LocalRay | JoinedRay:
    """Ray on this machine, which begins to start, or the cluster that was asked for."""
    if how.ray_address:
        from harness.cluster.joined_ray import JoinedRay

        return JoinedRay(how.ray_address, how.workers, backend)
    from harness.cluster.local_ray import LocalRay

    return LocalRay(how.workers, backend)


def check_machine(suite: Suite, how: Execution) -> tuple[str, str]:
    """MUJOCO_GL value and MuJoCo version; empty for a suite that needs neither. Raises UserError."""
    from benchmarks.assets.libero_setup import check_mujoco
    from benchmarks.render.backend import rendering_backend

    if not suite.uses_mujoco:
        return "", ""
    if how.allow_mujoco_mismatch:
        os.environ[ANY_MUJOCO] = "1"
    backend = rendering_backend()
    return backend, check_mujoco()


@dataclass(frozen=True)
class Work:
    """What is left of a study is done: its own episodes, then those that tell what was retained."""

    how: Execution
    store: DemoStore
    costs: Costs
    cluster: Callable[[], LocalRay | JoinedRay]
    """Starts Ray, which is not done where nothing is left."""

    def execute(self, study: Study, directory: RunDirectory) -> None:
        """Do all of it. Raises UserError where a worker refuses its input."""
        if not study.scenes.retention_episodes:
            return self.drive(study, directory)
        from harness.study.retention import retention_study

        later = retention_study(study, directory.trained())
        recorded = directory.for_retention(later.untrained).recorded
        left = {key for key, episode in later.cells() if key.steps and episode.episode_id not in recorded}
        self.drive(study, directory, left)
        print(f"retention: {study.policy.pretrained_suite}", file=sys.stderr, flush=True)
        later = retention_study(study, directory.trained())
        self.drive(later, directory.for_retention(later.untrained))

    def drive(self, study: Study, directory: RunDirectory, needed: Collection[AdaptKey] = ()) -> None:
        """Do what is left of the episodes of one study, and the adaptations `needed`."""
        from harness.console.scoreboard import plural
        from harness.engine.driver import Driver

        how = self.how
        asked = study, directory, self.store, how.workers
        driver = Driver(*asked, retry_errors=how.retry_errors, needed=needed)
        for note in driver.notes:
            print(f"note: {note}", file=sys.stderr, flush=True)
        if driver.scheduler.finished:
            print("everything asked for is recorded already", file=sys.stderr)
        else:
            self._drive(driver, study, directory.path)
        if driver.errors:
            print(
                f"{plural(driver.errors, 'episode')} ended in an error (see column error of "
                f"{directory.episodes.path}); --retry-errors runs them again",
                file=sys.stderr,
            )

    def _drive(self, driver: Driver, study: Study, path: Path) -> None:
        cluster = self.cluster()  # first: a local one says how Ray is to be imported
        from harness.cluster.pool import Pool
        from harness.console.progress import Progress
        from harness.console.scoreboard import Scoreboard

        how, scoreboard = self.how, Scoreboard(study.planned(), driver.judged)
        names = {task_id: task.instruction for task_id, task in driver.tasks.items()}
        with (
            closing(
                Pool(study, path, self.store, cluster, workers=how.workers, timeout_s=how.stall_timeout)
            ) as pool,
            Progress(driver.left, self.costs, pool.size, scoreboard, names) as progress,
        ):
            driver.drive(pool, progress)


def report(path: Path, how: Execution) -> int:
    """Write all tables beside the records and print those of a run; returns the exit status."""
    import results
    from harness.console import time_breakdown
    from results.render import forms, headline, text
    from results.tables import success

    comparison = results.compare(path, allow_mixed=True, published=False)
    forms.save_in_run(comparison)
    print(text.terminal(comparison.of_a_run, colour=sys.stdout.isatty()))
    below = [] if how.fail_under is None else success.below(comparison.success, how.fail_under)
    if how.junit is not None:
        headline.write_junit(comparison, how.junit, below)
    broken = success.without_result(comparison.records.episodes)
    shares = time_breakdown.text(comparison.records.episodes)
    for line in filter(None, (*below, shares, *broken)):
        print(line, file=sys.stderr)
    return FAILED if below or broken else OK


def again(argv: Sequence[str]) -> str:
    """The command that goes on where this one stopped."""
    return f"python -m harness.run {shlex.join(argv)}"


if __name__ == "__main__":
    status = main()
    if status in (INTERRUPTED, BAD_INPUT):  # a Ray that was still starting has a thread that nobody can end
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
