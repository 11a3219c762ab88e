"""See every variation: `python -m harness.gallery --suite libero_spatial --task 0 --out gallery/`.

Draws one contact sheet, a row for each variation and a column for each level, with what both cameras see
before the policy acts, and writes beside it what each picture is.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.render.backend import rendering_backend
from harness.core import registry, variation_grammar
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_folder
from harness.core.formats import ASSETS, MOST_PIXELS, choice, whole
from harness.core.keys import EpisodeKey, Task
from harness.core.protocols import Env
from harness.core.schema import setting
from harness.core.specs import OSC_POSE, Observation

WAIT = 22
"""Control steps after which variations of the physics are shown: by then what moves has moved."""

LINES, LINE = 4, 13
"""Of text under each pair of images, and the height of one, pixels."""

CAPTION = LINES * LINE + 4
"""Height of all of it."""

LETTER = 5.6
"""Mean width of a letter, pixels."""

COLUMNS = ("variation", "level", "quantity", "unit", "changed", "apply_ms", "detail", "instruction", "error")


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    suite: str = setting("python -m harness.list suites", "", required=True)
    task: int = setting("of the suite", 0)
    init: int = setting("initial state", 0)
    variations: str = setting("as for harness.run", "all:0-4")
    assets: str = setting("original, hub or DIR", "original", format=ASSETS)
    render: str = setting("how images are drawn", "fast", format=choice("exact", "fast"))
    size: int = setting("side of the images, pixels", 192, format=whole(32, MOST_PIXELS))
    out: Path = setting("folder to write to", Path("gallery"))


@dataclass(frozen=True)
class Cell:
    """One picture of the sheet and the row about it; no images where the variation failed."""

    row: dict[str, Any]
    seen: Observation | None


@command
def main(argv: Sequence[str] | None) -> int:
    """Draw the sheet; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.gallery",
        description="Draw every variation of one task at every level.",
    )
    print(draw(options))
    return 0


def draw(options: Options) -> Path:
    """The sheet of one task. Raises UserError."""
    suite = registry.find("suite", options.suite)
    if options.task >= len(suite.tasks):
        raise UserError(f"no task {options.task} in {suite.name}; valid: 0 to {len(suite.tasks) - 1}")
    if options.init >= suite.init_count:
        raise UserError(f"--init {options.init}: {suite.name} has initial states 0 to {suite.init_count - 1}")
    if suite.uses_mujoco:
        os.environ["MUJOCO_GL"] = rendering_backend()
    task = suite.tasks[options.task]
    settings, _ = variation_grammar.parse(options.variations, [task])
    check_folder(options.out)
    env = suite.make_env(
        options.task, assets=options.assets, image_size=options.size, render=options.render, engine="fast"
    )
    try:
        cells = list(pictures(env, task, options.init, settings))
    finally:
        env.close()
    prefix = options.out / f"{suite.name}.t{options.task}.i{options.init}"
    with prefix.with_suffix(f"{prefix.suffix}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(cell.row for cell in cells)
    path = prefix.with_suffix(f"{prefix.suffix}.png")
    _save(path, sheet(cells, options.size))
    return path


def pictures(env: Env, task: Task, init_id: int, settings: Sequence[str]) -> Iterator[Cell]:
    """Begin one episode under each setting and look."""
    for condition in settings:
        variation, level = variation_grammar.split(condition)
        key = EpisodeKey("gallery", task.suite, task.task_id, init_id, 0, variation, level)
        row: dict[str, Any] = {"variation": variation, "level": level, "instruction": task.instruction}
        try:
            env.begin(key)
            for _ in range(WAIT if _is_physics(key) else 0):
                env.advance(np.array([0.0] * (OSC_POSE.size - 1) + [-1.0]))
            yield Cell(row | env.facts, env.observe())
        except RuntimeError as error:
            yield Cell(row | {"error": str(error)}, None)


def sheet(cells: Sequence[Cell], size: int) -> NDArray[np.uint8]:
    """Rows of cells of the same variation, in order of their levels; captions below the images."""
    rows: dict[str, list[NDArray[np.uint8]]] = {}
    for cell in cells:
        rows.setdefault(cell.row["variation"], []).append(_tile(cell, size))
    widest = max(len(row) for row in rows.values())
    blank = np.full((size + CAPTION, 2 * size + 4, 3), 255, np.uint8)
    return np.concatenate(
        [np.concatenate([*row, *[blank] * (widest - len(row))], axis=1) for row in rows.values()]
    )


def _tile(cell: Cell, size: int) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    tile = np.full((size + CAPTION, 2 * size + 4, 3), 255, np.uint8)
    if cell.seen is not None:
        tile[:size, : 2 * size] = np.concatenate(list(cell.seen.images.values()), axis=1)
    picture = Image.fromarray(tile)
    row = cell.row
    about = row.get("error") or row.get("detail") or ""
    if row["instruction"] and row["variation"].startswith("instruction"):
        about = f'"{row["instruction"]}"'
    quantity = f"{row['quantity']:g} {row['unit']}" if row.get("quantity") is not None else ""
    title = f"{row['variation']}:{row['level']}  {quantity}"
    lines = [*wrap(title, int(2 * size / LETTER)), *wrap(str(about), int(2 * size / LETTER))]
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines[:LINES]):
        grey = 0 if line in title else 90
        draw.text((2, size + 1 + LINE * number), line, fill=(grey, grey, grey))
    return np.asarray(picture)


def _is_physics(key: EpisodeKey) -> bool:
    return any(registry.find("variation", name).changes == "physics" for name, _ in key.parts)


def _save(path: Path, image: NDArray[np.uint8]) -> None:
    from PIL import Image

    Image.fromarray(image).save(path)


if __name__ == "__main__":
    sys.exit(main())
