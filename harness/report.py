"""One self-contained page about runs: `python -m harness.report RUN [RUN ...] --out report.html`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import results
from harness.core.command_line import command, parse
from harness.core.files import check_file, check_folder
from harness.core.run_selection import RunSelection
from harness.core.schema import setting


@dataclass(frozen=True)
class Options(RunSelection):
    """What was asked for."""

    out: Path = setting("file to write", Path("report.html"))
    figures: Path | None = setting(
        "instead, every drawing as SVG, PDF and PNG and every table as LaTeX in this folder", None
    )


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
    if options.figures is None:
        check_file(options.out)
    else:
        check_folder(options.figures, "--figures")
    comparison = results.compare_selected(options)
    if options.figures is not None:
        from results.render import paper

        for path in paper.save(comparison, options.figures):
            print(path)
        return 0
    from results.render.report import page

    size = page.write(comparison, options.out)
    print(f"{options.out} ({size / 1000:,.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
