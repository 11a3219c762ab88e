"""Make and inspect demonstrations: `python -m harness.demos --suite S --tasks T --out DIR`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.render.backend import rendering_backend
from harness.core import registry
from harness.core.command_line import MOST_WORKERS, command, default_workers, parse
from harness.core.errors import UserError
from harness.core.files import check_folder
from harness.core.formats import ASSETS, MOST_PIXELS, choice, whole
from harness.core.ids import IDS, chosen
from harness.core.protocols import DatasetFormat, Suite
from harness.core.schema import setting
from harness.core.settings import MOST_DEMOS, Simulation
from harness.engine.demo_quota import DemoQuota
from harness.records.demo_store import DemoStore, demonstrations_for
from harness.records.directory_lock import DirectoryLock
from harness.study.study import Study

TIMEOUT_S = 1800.0
"""No expert needs so long for one demonstration."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites", "", required=True)
    out: Path | None = setting("folder of the demonstrations and films", None, required=True)
    task_ids: tuple[int, ...] = setting(
        "all, or ids as 0-9 or 0,3", (), flag="tasks", format=IDS, default_text="(all)"
    )
    demos: int = setting("per task", 10, format=whole(1, MOST_DEMOS))
    assets: str = setting("original, hub or DIR", "original", format=ASSETS)
    image_size: int = setting("side of the images, pixels", 256, format=whole(8, MOST_PIXELS))
    render: str = setting("how images are drawn", "exact", format=choice("exact", "fast"))
    format: str | None = setting(
        "write a dataset for other projects: python -m harness.list formats",
        None,
        default_text="(npz and films)",
    )
    video: bool = setting(
        "LeRobot: images as H.264 videos; --no-video: as PNG, without loss", True, negatable=True
    )
    workers: int = setting(
        "processes", 0, format=whole(1, MOST_WORKERS), default_text="(one a core, at most 8)"
    )


@command
def main(argv: Sequence[str] | None) -> int:
    """Demonstrate, summarise and film; returns the exit status."""
    try:
        return run(
            parse(
                Options(workers=default_workers()),
                argv,
                prog="harness.demos",
                description="Have the scripted expert demonstrate tasks.",
            )
        )
    except KeyboardInterrupt:
        print("\nstopped; what was made is kept, the same command goes on", file=sys.stderr)
        return 130


def run(options: Options) -> int:
    """Make what is missing in --out, then report on all of it. Raises UserError."""
    assert options.out is not None
    suite = registry.find("suite", options.suite)
    backend = rendering_backend() if suite.uses_mujoco else ""
    form = export_format(options) if options.format else None
    task_ids = chosen(options.task_ids, len(suite.tasks), "task", suite.name)
    simulation = Simulation(
        suite=suite.name,
        assets=options.assets,
        asset_label=suite.asset_label(options.assets),
        image_size=options.image_size,
        render=options.render,
        expert=suite.expert_version,
    )
    store = (
        demonstrations_for(simulation, image_every=1)
        if form
        else demonstrations_for(simulation, options.out.resolve())
    )
    place = store.folder(0).parent if form else options.out  # of what is made and locked
    quotas = {(task_id, 0): DemoQuota(task_id, 0, options.demos) for task_id in task_ids}
    for (task_id, _), quota in quotas.items():
        for attempt in store.attempts(task_id):
            quota.add(attempt)
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(place)
    except OSError as error:
        raise UserError(f"cannot write to {place}: {error.strerror}; choose another --out") from None
    with lock:
        make(Study(simulation), quotas, store, options.workers, backend)
        if form:
            write_dataset(options, form, suite, store, quotas.values())
        for quota in quotas.values():
            film = None if form else options.out / f"{suite.name}.t{quota.task_id}.mp4"
            print(summary(quota, store, film))
    return 1 if any(quota.broken for quota in quotas.values()) else 0


def export_format(options: Options) -> DatasetFormat:
    """What --format names. Raises UserError where it cannot be written to --out or hold the images."""
    from harness.interchange.exporting import check_out

    assert options.out is not None
    form = registry.find("format", options.format or "")
    if options.video and options.image_size % 2:
        raise UserError(
            f"--image-size {options.image_size}: videos have even sides; give another, or --no-video"
        )
    check_folder(options.out.parent)
    check_out(options.out)
    return form


def write_dataset(
    options: Options, form: DatasetFormat, suite: Suite, store: DemoStore, quotas: Iterable[DemoQuota]
) -> None:
    """Write what was demonstrated. Raises UserError where nothing was."""
    from harness.interchange.exporting import export

    assert options.out is not None
    made = [
        (quota.task_id, attempt.seed)
        for quota in quotas
        for attempt in [each for each in store.attempts(quota.task_id) if each.success][: quota.wanted]
    ]
    if not made:
        raise UserError("no demonstration succeeded: no dataset was written; ask for other --tasks")
    export(options.out, form, suite, store, made, video=options.video)
    print(f"{form.name}: {len(made)} demonstrations in {options.out}")


def make(
    study: Study, quotas: dict[tuple[int, int], DemoQuota], store: DemoStore, workers: int, backend: str
) -> None:
    """Have workers demonstrate what `quotas` lack."""
    from harness.console.progress import Progress
    from harness.engine.dispatch import work
    from harness.engine.observer import Amounts
    from harness.engine.scheduler import Scheduler
    from harness.forecast.costs import Costs

    scheduler = Scheduler([], quotas, workers)
    if scheduler.finished:
        return
    from harness.cluster.local_ray import LocalRay
    from harness.cluster.pool import Pool

    left = Amounts(sum(quota.wanted - quota.made for quota in quotas.values()), 0, 0)
    with (
        closing(LocalRay(workers, backend)) as ray,
        closing(Pool(study, store.root, store, ray, workers=workers, timeout_s=TIMEOUT_S)) as pool,
        Progress(left, Costs(), workers) as progress,
    ):
        work(scheduler, pool, progress, record=lambda event: None)


def summary(quota: DemoQuota, store: DemoStore, film: Path | None) -> str:
    """One line about a task's demonstrations; films the first of them where `film` says where."""
    attempts = list(store.attempts(quota.task_id))
    good = [attempt for attempt in attempts if attempt.success]
    line = f"task {quota.task_id}: {len(good)} successes of {len(attempts)} attempts"
    if good and film:
        first = store.load(quota.task_id, good[0].seed)
        apart = int(first.image_steps[1]) if len(first.image_steps) > 1 else 1
        from harness.records.videos import write_shots

        rate = registry.find("suite", store.suite).gives.action.rate_hz
        write_shots(film, list(zip(*first.images.values(), strict=True)), rate / apart)
    if good:
        frames = sorted(attempt.frames for attempt in good)
        seconds = sum(attempt.seconds for attempt in attempts) / len(attempts)
        line += f"; {frames[0]} to {frames[-1]} steps, median {frames[len(frames) // 2]}"
        line += f"; {seconds:.2f} s an attempt; {store.folder(quota.task_id)}"
        line += f"; film {film.name}" if film else ""
    return line + (f"; {quota.broken}" if quota.broken else "")


if __name__ == "__main__":
    sys.exit(main())
