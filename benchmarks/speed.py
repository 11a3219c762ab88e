"""Stock path and ours side by side: python -m benchmarks.speed

Stock is LIBERO's own environment as its users run it: every camera drawn at every step, a rebuilt model at
every reset. Both sides are timed in one process, in turns, on the same actions. On a machine that does
other work, --clock cpu counts this process's processor time (with a software renderer that includes
drawing; with a GPU it does not).
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("LP_NUM_THREADS", "0")  # Mesa draws in this thread, as it does in the workers

from benchmarks.perf.timing import CLOCKS, Row, Timer
from benchmarks.render.backend import use_backend
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_file
from harness.core.formats import ASSETS, choice, listed, whole
from harness.core.schema import setting

NAMES = ("step", "episode", "image", "start", "task", "overhead", "workers")
"""What can be measured: the keys of benchmarks.perf.speed_rows.ROWS, which needs the simulator."""

COLUMNS = tuple(field.name for field in fields(Row))


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| measured | stock | ours | ratio | target |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        values = (row.name, row.show(row.stock), row.show(row.ours), row.ratio, row.target)
        lines.append("| " + " | ".join(values) + " |")
    return "\n".join(lines)


def save(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    rows: tuple[str, ...] = setting(f"comma list of {', '.join(NAMES)}", ("all",), format=listed())
    clock: str = setting("what is counted", "wall", format=choice(*sorted(CLOCKS)))
    repeats: int = setting("turns that each side gets", 3, format=whole(1, 10**5))
    assets: str = setting("original, hub or DIR", "original", format=ASSETS)
    out: Path = setting("CSV to write", Path("speed.csv"))


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    options = parse(Options(), argv, prog="benchmarks.speed", description=__doc__)
    wanted = NAMES if options.rows == ("all",) else options.rows
    if unknown := [name for name in wanted if name not in NAMES]:
        raise UserError(f"unknown row {unknown[0]!r}; known: all, {', '.join(NAMES)}")
    check_file(options.out)
    use_backend()
    from benchmarks.perf.speed_rows import ROWS, close

    timer = Timer(options.clock, options.repeats)
    rows: list[Row] = []
    for name in wanted:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        rows += ROWS[name](timer, options.assets)
        save(rows, options.out)
    close(options.assets)
    print(table(rows))
    print(f"clock: {options.clock}; renderer: {os.environ['MUJOCO_GL']}; saved to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
