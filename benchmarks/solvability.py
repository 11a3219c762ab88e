"""Can it still be done? The scripted expert's success under each variation and level.

`python -m benchmarks.solvability --suite libero_spatial --variations lighting,layout --episodes 5 --out FILE`

A level that the expert cannot solve says little about policies. Written beside a run's records as
`expert.csv`, the figures appear in its robustness table.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

from harness import registry, variations
from harness.types import EpisodeKey, Task, UserError, derive_rng

MAX_STEPS = 300
"""Control steps after which the expert gives up."""

COLUMNS = ("suite", "task_id", "variation", "level", "init_id", "seed", "solved", "steps", "detail", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.solvability", description=__doc__.partition("\n")[0])
    parser.add_argument("--suite", required=True)
    parser.add_argument("--tasks", default="all", help="ids as 0,3 (all)")
    parser.add_argument("--variations", default="all", help="as for harness.run (all, levels 2 and 4)")
    parser.add_argument("--episodes", type=int, default=2, help="initial states a task and level (2)")
    parser.add_argument("--seeds", default="0", help="as 0,1,2: seeds take turns at arms and kinds (0)")
    parser.add_argument("--assets", default="builtin")
    parser.add_argument("--out", type=Path, help="CSV to write or to add to")
    given = parser.parse_args(argv)
    rows = []
    try:
        for row in check(given):
            rows.append(row)
            print(told(row), file=sys.stderr, flush=True)
            if given.out:
                save(given.out, row)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(summary(rows)))
    return 0


def check(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row an episode. Raises UserError."""
    suite = registry.find("suite", given.suite)
    names = (
        range(len(suite.tasks)) if given.tasks == "all" else [int(part) for part in given.tasks.split(",")]
    )
    tasks = [suite.tasks[number] for number in names]
    settings, _ = variations.parse(given.variations, tasks)
    seeds = [int(part) for part in given.seeds.split(",")]
    for task in tasks:
        env = suite.make_env(task.task_id, assets=given.assets, image_size=64, render="fast")
        try:
            for setting in (variations.CLEAN, *(each for each in settings if _is_scene(each, task))):
                for seed, number in product(seeds, range(given.episodes)):
                    yield episode(env, task, setting, number * suite.init_count // given.episodes, seed)
        finally:
            env.close()


def episode(env: Any, task: Task, setting: str, init_id: int, seed: int) -> dict[str, Any]:
    """The expert on one varied episode; what a variation or the simulation raises is in the row."""
    folder = "lift" if task.suite == "robosuite_lift" else "libero"
    expert = registry.module(f"benchmarks.experts.{folder}").EXPERT
    variation, level = variations.split(setting)
    key = EpisodeKey("expert", task.suite, task.task_id, init_id, seed, variation, level)
    row = {
        "suite": task.suite,
        "task_id": task.task_id,
        "variation": variation,
        "level": level,
        "init_id": init_id,
        "seed": seed,
    }
    steps = 0
    try:
        env.begin(key)
        for action in islice(expert.actions(env.sim, derive_rng("expert", key.twin_id)), MAX_STEPS):
            env.advance(action)
            steps += 1
        facts = {"solved": env.sim.success(), "detail": env.facts.get("detail", "")}
    except Exception as error:  # A crash of the simulation is a row of its own, never a failure.
        facts = {"solved": None, "error": f"{type(error).__name__}: {error}"}
    return row | {"steps": steps} | facts


def told(row: dict[str, Any]) -> str:
    """An episode in a line."""
    outcome = row.get("error") or ("solved" if row["solved"] else "not solved")
    where = f"task {row['task_id']}, state {row['init_id']}, {row['variation']}:{row['level']}"
    return f"{where}: {outcome} in {row['steps']} steps {row.get('detail', '')}".rstrip()


def summary(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One line for each variation and level, and for what it was in detail where episodes share that."""
    cells: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["variation"], row["level"]), []).append(row)
    for (variation, level), cell in cells.items():
        yield f"{variation + ':' + str(level):<24}{_share(cell)}"
        details = sorted({row.get("detail", "") for row in cell})
        if 1 < len(details) <= len(cell) / 2:
            for detail in details:
                yield f"  {detail:<60}{_share([row for row in cell if row.get('detail', '') == detail])}"


def _share(cell: Sequence[dict[str, Any]]) -> str:
    judged = [row for row in cell if row["solved"] is not None]
    errors = f", {len(cell) - len(judged)} errors" if len(judged) < len(cell) else ""
    return f"{sum(row['solved'] for row in judged):3d}/{len(judged)}{errors}"


def save(path: Path, row: dict[str, Any]) -> None:
    """Add a row to a CSV file."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)


def _is_scene(setting: str, task: Task) -> bool:
    """Whether it changes what the expert meets: not other words, nor which task a policy has seen."""
    changes = {registry.find("variation", name).changes for name, _ in variations.pairs(setting)}
    return variations.admits(setting, task) and not changes <= {"prompt", "task"}


if __name__ == "__main__":
    sys.exit(main())
