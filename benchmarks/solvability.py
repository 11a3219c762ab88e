"""Can it still be done? The scripted expert's success under each variation and level.

`python -m benchmarks.solvability --suite libero_spatial --variations lighting,layout --episodes 5 --out FILE`

A level that the expert cannot solve says little about policies. Written beside a run's records as
`expert.csv`, the figures appear in its robustness table.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.experts.episodes import environment, expert_of, initial_states, tasks_of
from benchmarks.render.backend import rendering_backend
from harness.core import registry, variation_grammar
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_file
from harness.core.formats import ASSETS, whole
from harness.core.ids import IDS, SEEDS
from harness.core.keys import CLEAN, EpisodeKey, Task
from harness.core.protocols import Expert
from harness.core.rng import derive_rng
from harness.core.schema import setting

if TYPE_CHECKING:
    from benchmarks.episode.task_env import TaskEnv

MAX_STEPS = 300
"""Control steps after which the expert gives up."""

NAMES = ("suite", "task_id", "variation", "level", "init_id", "seed")
COLUMNS = (*NAMES, "solved", "steps", "detail", "error")

SOLVED = {"True": True, "False": False, "": None}
"""As the CSV has it; neither where the episode ended in an error."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites", "", required=True)
    tasks: tuple[int, ...] = setting("all, or ids as 0-9 or 0,3", (), format=IDS, default_text="(all)")
    variations: str = setting("as for harness.run", "all")
    episodes: int = setting("initial states a level", 2, format=whole(1))
    seeds: tuple[int, ...] = setting("as 0-4: seeds take turns at arms and kinds", (0,), format=SEEDS)
    assets: str = setting("original, hub or DIR", "original", format=ASSETS)
    out: Path | None = setting("CSV to write; what is in it already is not done again", None)


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    rows = []
    given = parse(
        Options(),
        argv,
        prog="benchmarks.solvability",
        description=__doc__.partition("\n")[0],
    )
    if given.out:
        check_file(given.out)
    rows += recorded(given.out)
    for row in check(given, {identity(row) for row in rows}):
        rows.append(row)
        print(describe(row), file=sys.stderr, flush=True)
        if given.out:
            save(given.out, row)
    print("\n".join(summary(rows)))
    return 0


def check(given: Options, done: Container[tuple[str, ...]] = ()) -> Iterator[dict[str, Any]]:
    """One row an episode, but for those whose identity is in `done`. Raises UserError."""
    suite = registry.find("suite", given.suite)
    expert = expert_of(suite)
    inits, tasks = initial_states(suite, given.episodes), tasks_of(suite, given.tasks)
    settings, _ = variation_grammar.parse(given.variations, tasks)
    os.environ["MUJOCO_GL"] = rendering_backend()
    for task in tasks:
        scenes = (CLEAN, *(each for each in settings if _is_scene(each, task)))
        episodes = product(scenes, given.seeds, inits)
        keys = [_key(task, condition, init, seed) for condition, seed, init in episodes]
        if left := [key for key in keys if identity(_named(key)) not in done]:
            with environment(suite, task.task_id, given.assets) as env:
                yield from (episode(env, expert, key) for key in left)


def episode(env: TaskEnv, expert: Expert, key: EpisodeKey) -> dict[str, Any]:
    """The expert on one varied episode; what a variation or the simulation raises is in the row."""
    steps = 0
    try:
        env.begin(key)
        for action in islice(
            expert.actions(env.sim, derive_rng("expert", key.twin_id)), max(MAX_STEPS, env.max_steps)
        ):
            env.advance(action)
            steps += 1
        facts = {"solved": env.sim.success(), "detail": env.facts.get("detail", "")}
    except Exception as error:  # A crash of the simulation is a row of its own, never a failure.
        facts = {"solved": None, "error": " ".join(f"{type(error).__name__}: {error}".split())}
    return _named(key) | {"steps": steps} | facts


def identity(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What a row is about, as text: the same whether it was just made or read from a file."""
    return tuple(str(row[name]) for name in NAMES)


def recorded(path: Path | None) -> list[dict[str, Any]]:
    """Rows that an earlier call wrote. Raises UserError for a file that holds something else."""
    if path is None or not path.exists():
        return []
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise UserError(
                    f"--out {path} holds something else than expert episodes; choose another file"
                )
            return [row | {"solved": SOLVED[row["solved"]], "level": int(row["level"])} for row in reader]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"--out {path} cannot be read ({error}); choose another file") from None


def _key(task: Task, setting: str, init_id: int, seed: int) -> EpisodeKey:
    return EpisodeKey("expert", task.suite, task.task_id, init_id, seed, *variation_grammar.split(setting))


def _named(key: EpisodeKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in NAMES}


def describe(row: dict[str, Any]) -> str:
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
    """Add a row to a CSV file. Raises UserError where it cannot be written."""
    try:
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow(row)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --out") from None


def _is_scene(setting: str, task: Task) -> bool:
    """Whether it changes what the expert meets: not other words, nor which task a policy has seen."""
    changes = {registry.find("variation", name).changes for name, _ in variation_grammar.pairs(setting)}
    return variation_grammar.admits(setting, task) and changes != {"prompt"}


if __name__ == "__main__":
    sys.exit(main())
