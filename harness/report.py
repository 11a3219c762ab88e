"""One self-contained page about runs: `python -m harness.report RUN [RUN ...] --out report.html`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import results
from harness.core.command_line import command, parse
from harness.core.files import check_file
from harness.core.run_selection import RunSelection
from harness.core.schema import setting


@dataclass(frozen=True)
class Options(RunSelection):
    """What was asked for."""

    out: Path = setting("file to write", Path("report.html"))


@command
def main(argv: Sequence[str] | None) -> int:
    """Write the page; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.report",
        description="Write one HTML file about one run or several: it needs no network and no script. "
        "Links to films lead into the run directories.",
    )
    check_file(options.out)
    comparison = results.compare_selected(options)
    from results.render.report import page

    size = page.write(comparison, options.out)
    print(f"{options.out} ({size / 1000:,.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
