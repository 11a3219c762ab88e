"""Stock path and ours side by side: python -m benchmarks.speed

Stock is LIBERO's own environment as its users run it: every camera drawn at every step, a rebuilt model at
every reset. Both sides are timed in one process, in turns, on the same actions. On a machine that does
other work, --clock cpu counts this process's processor time (with a software renderer that includes
drawing; with a GPU it does not).
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("LP_NUM_THREADS", "0")  # Mesa draws in this thread, as it does in the workers

from benchmarks.perf.timing import CLOCKS, Row, Timer
from benchmarks.render.backend import use_backend
from harness.core.errors import UserError

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


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="all", help=f"comma list of: {', '.join(NAMES)} (%(default)s)")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall", help="(%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="turns that each side gets (%(default)s)")
    parser.add_argument("--assets", default="builtin", help="asset pack (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("speed.csv"), help="(%(default)s)")
    options = parser.parse_args(argv)
    try:
        wanted = list(NAMES) if options.rows == "all" else options.rows.split(",")
        if unknown := [name for name in wanted if name not in NAMES]:
            raise UserError(f"unknown row {unknown[0]!r}; known: all, {', '.join(NAMES)}")
        use_backend()
        from benchmarks.perf.speed_rows import ROWS, close

        timer = Timer(options.clock, max(1, options.repeats))
        rows: list[Row] = []
        for name in wanted:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            rows += ROWS[name](timer, options.assets)
            save(rows, options.out)
        close(options.assets)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(rows))
    print(f"clock: {options.clock}; renderer: {os.environ['MUJOCO_GL']}; saved to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
