"""Make and inspect demonstrations: `python -m harness.demos --suite S --tasks T --out DIR`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.render.backend import rendering_backend
from harness.core import registry
from harness.core.command_line import Parser, at_least
from harness.core.errors import UserError
from harness.core.ids import parse_ids
from harness.engine.demo_quota import Demand
from harness.records.demo_store import DemoStore
from harness.records.directory_lock import DirectoryLock
from harness.study import options as command_line
from harness.study.study import Study, asset_label

TIMEOUT_S = 1800.0
"""No expert needs so long for one demonstration."""


def main(argv: Sequence[str] | None = None) -> int:
    """Demonstrate, summarise and film; returns the exit status."""
    try:
        return run(_parser().parse_args(argv))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what was made is kept, the same command goes on", file=sys.stderr)
        return 130


def run(options: Namespace) -> int:
    """Make what is missing in --out, then report on all of it. Raises UserError."""
    suite = registry.find("suite", options.suite)
    backend = rendering_backend() if suite.uses_mujoco else ""
    task_ids = parse_ids(options.tasks, len(suite.tasks), "task", suite.name)
    label = asset_label(suite, options.assets)
    expert = suite.expert_version
    store = DemoStore(options.out.resolve(), suite.name, label, options.image_size, options.render, expert)
    demands = {(task_id, 0): Demand(task_id, 0, options.demos) for task_id in task_ids}
    for (task_id, _), demand in demands.items():
        for attempt in store.attempts(task_id):
            demand.add(attempt)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(options.out)
    except OSError as error:
        raise UserError(f"cannot write to {options.out}: {error.strerror}; choose another --out") from None
    with lock:
        make(_study(options, task_ids, label, expert), demands, store, options.workers, backend)
        for demand in demands.values():
            print(summary(demand, store, film=options.out / f"{suite.name}.t{demand.task_id}.mp4"))
    return 1 if any(demand.broken for demand in demands.values()) else 0


def make(
    study: Study, demands: dict[tuple[int, int], Demand], store: DemoStore, workers: int, backend: str
) -> None:
    """Have workers demonstrate what `demands` lack."""
    from harness.console.progress import Progress
    from harness.engine.dispatch import work
    from harness.engine.scheduler import Scheduler
    from harness.forecast.plan import Amounts, Costs

    scheduler = Scheduler([], demands, workers)
    if scheduler.finished:
        return
    from harness.cluster.pool import Head, Pool

    left = Amounts(sum(demand.wanted - demand.made for demand in demands.values()), 0, 0)
    with (
        closing(Head(workers, backend)) as head,
        closing(Pool(study, store.root, store, head, workers=workers, timeout_s=TIMEOUT_S)) as pool,
        Progress(left, Costs(), workers) as progress,
    ):
        work(scheduler, pool, progress, record=lambda event: None)


def summary(demand: Demand, store: DemoStore, film: Path) -> str:
    """One line about a task's demonstrations; films the first of them."""
    attempts = list(store.attempts(demand.task_id))
    good = [attempt for attempt in attempts if attempt.success]
    line = f"task {demand.task_id}: {len(good)} successes of {len(attempts)} attempts"
    if good:
        first = store.load(demand.task_id, good[0].seed)
        apart = int(first.image_steps[1]) if len(first.image_steps) > 1 else 1
        from harness.records.videos import CONTROL_HZ, write_shots

        write_shots(film, list(zip(*first.images.values(), strict=True)), CONTROL_HZ / apart)
        frames = sorted(attempt.frames for attempt in good)
        seconds = sum(attempt.seconds for attempt in attempts) / len(attempts)
        line += f"; {frames[0]} to {frames[-1]} steps, median {frames[len(frames) // 2]}"
        line += f"; {seconds:.2f} s an attempt; {store.folder(demand.task_id)}; film {film.name}"
    return line + (f"; {demand.broken}" if demand.broken else "")


def _study(options: Namespace, task_ids: tuple[int, ...], label: str, expert: str) -> Study:
    """What workers need to know; nothing is adapted or evaluated."""
    return Study(
        suite=options.suite,
        methods=(),
        task_ids=task_ids,
        seeds=(0,),
        episodes=0,
        limit=None,
        variations=(),
        adapt_per="task",
        policy="",
        policy_spec="",
        policy_sha256="",
        image_size=options.image_size,
        render=options.render,
        horizon=1,
        replan=1,
        assets=options.assets,
        asset_label=label,
        expert=expert,
        demos=options.demos,
        steps=0,
        batch_size=0,
        num_heads=None,
        max_steps=0,
        mujoco="",
        inference="worker",
    )


def _parser() -> Parser:
    parser = Parser(prog="harness.demos", description="Have the scripted expert demonstrate tasks.")
    parser.add_argument("--suite", required=True)
    parser.add_argument("--tasks", default="all", metavar="IDS", help="all, or ids as 0-9 or 0,3")
    parser.add_argument("--demos", type=at_least(1), default=10, metavar="N", help="per task (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--assets", default="builtin", help="builtin, hub or DIR (%(default)s)")
    parser.add_argument("--image-size", type=at_least(8), default=256, metavar="PIXELS", help="(%(default)s)")
    parser.add_argument("--render", choices=("exact", "fast"), default="exact", help="(%(default)s)")
    parser.add_argument("--workers", type=at_least(1), default=command_line.default_workers(), metavar="N")
    return parser


if __name__ == "__main__":
    sys.exit(main())
