"""What a study will do and how long it will take, before it does anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.run_paths import RunPaths
from harness.core.schema import flat
from harness.engine.demo_quota import quotas
from harness.engine.observer import Amounts
from harness.forecast import estimate
from harness.forecast.costs import beside
from harness.forecast.speeds import measured
from harness.records.demo_store import DemoStore
from harness.records.journal import Journal
from harness.study.study import Study


def amounts(cells: Sequence[tuple[AdaptKey, EpisodeKey]]) -> Amounts:
    """How much work the cells are, if nothing has been done yet."""
    adapts = {adapt for adapt, _ in cells}
    demos = {(task, key.seed): key.demos for key in adapts if key.demos for task in key.tasks}
    return Amounts(sum(demos.values()), sum(key.steps > 0 for key in adapts), len(cells))


def text(study: Study, path: Path, store: DemoStore, workers: int) -> str:
    """The plan as it is printed: what is left of the study in the run directory `path`, which may be none.

    Raises UserError where records there are damaged.
    """
    cells, counts = list(study.cells()), study.planned()
    total, names = amounts(cells), study.tasks()
    scene, asked = study.simulation, study.adaptation
    lines = [
        f"{scene.suite}, policy {study.policy.name}, assets {scene.asset_label}, run directory {path}",
        "",
    ]
    for method in asked.methods:
        for task_id in study.scenes.task_ids:
            if count := counts[method, task_id]:
                what = names[task_id].instruction
                lines.append(f"  {method:<12} task {task_id:<3} {count:>4} episodes  {what}")
    if study.scenes.variations:
        lines += ["", f"clean, and beside it: {', '.join(study.scenes.variations)}"]
    recorded = Journal(RunPaths(path).episodes).statuses("episode_id", once=True)
    adapted = Journal(RunPaths(path).adaptations).statuses("adapt_id", once=False)
    ready = [adapt_id for adapt_id, status in adapted.items() if status == "done"]
    left = [(adapt, episode) for adapt, episode in cells if episode.episode_id not in recorded]
    needed = quotas({adapt for adapt, _ in left if adapt.adapt_id not in ready}, store)
    missing = sum(quota.wanted - quota.made for quota in needed.values())
    lines += [
        "",
        f"{total.demonstrations} demonstrations ({missing} to be made), {total.adaptations} adaptations of "
        f"{asked.steps} steps at batch {asked.batch_size}, {total.episodes} episodes ({len(left)} to be run) "
        f"of at most {scene.max_steps} steps, {study.evaluation.replan_steps} actions a query",
    ]
    speed = measured(flat(study), beside(path))
    found = estimate.forecast(study, left, needed, ready, speed, workers)
    parts = [f"{kind} {minutes(each)}" for kind, each in found.work.items() if each]
    lines.append(
        f"about {minutes(found.seconds)} with {workers} workers, at {speed.source}"
        + (f"; on one worker {', '.join(parts)}" if parts else "")
    )
    return "\n".join(lines)


def minutes(seconds: float) -> str:
    """`12 minutes`, `0.4 minutes` or `5.2 hours`."""
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 60:.{0 if seconds >= 300 else 1}f} minutes"
