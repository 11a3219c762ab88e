"""One self-contained page about runs: `python -m harness.report RUN [RUN ...] --out report.html`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from harness.core import registry
from harness.core.command_line import Parser, add_reading
from harness.core.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page; returns the exit status."""
    try:
        options = _parser().parse_args(argv)
        size = registry.module("results.render.html_report").write(
            options.runs,
            options.out,
            allow_mixed=options.allow_mixed,
            target=options.target,
            published=not options.no_published,
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out} ({size / 1000:,.0f} kB)")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="harness.report",
        allow_abbrev=False,
        description="Write one HTML file about one run or several: it needs no network and no script. "
        "Links to films lead into the run directories.",
    )
    add_reading(parser)
    parser.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="(%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
