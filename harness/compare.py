"""Compare methods and runs: `python -m harness.compare RUN [RUN ...]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import results
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_file, check_folder, write_whole
from harness.core.formats import PATH, choice
from harness.core.run_selection import RunSelection
from harness.core.schema import setting

if TYPE_CHECKING:
    from results.tables.comparison import Comparison

PRINTED = ("terminal", "markdown", "latex", "html")
FILED = ("csv", "parquet", "lerobot")
"""Formats of which every table, or every method, is a file of its own."""


@dataclass(frozen=True)
class Options(RunSelection):
    """What was asked for."""

    format: str = setting("how tables are written", "terminal", format=choice(*PRINTED, *FILED))
    json: bool = setting("one line of JSON with the headline, and nothing else", False)
    junit: Path | None = setting("also write JUnit XML, for continuous integration", None)
    out: Path | None = setting("a file; a folder for csv, parquet, lerobot", None, format=PATH)


@command
def main(argv: Sequence[str] | None) -> int:
    """Print or write the tables; returns the exit status."""
    from results.render import headline

    options = parse(
        Options(),
        argv,
        prog="harness.compare",
        description="Success with intervals, methods against each other on the same episodes, and cost, "
        "of one run or several.",
    )
    if options.format in FILED and options.out is None:
        raise UserError(f"--format {options.format} writes several files; say where with --out DIR")
    if options.out is not None:
        (check_folder if options.format in FILED else check_file)(options.out)
    if options.junit is not None:
        check_file(options.junit, "--junit")
    comparison = results.compare_selected(options)
    if options.junit is not None:
        headline.write_junit(comparison, options.junit)
    if options.json:
        print(headline.line(comparison))
    elif options.out is None or options.format in PRINTED:
        put(comparison, options.format, options.out)
    else:
        for path in save(comparison, options.format, options.out):
            print(path)
    return 0


def save(comparison: Comparison, form: str, folder: Path) -> list[Path]:
    """Write the files of one format; returns their paths."""
    from results.render import forms, lerobot

    if form == "lerobot":
        return lerobot.save(comparison.records, folder)
    return forms.save(comparison, folder, form)


def put(comparison: Comparison, form: str, path: Path | None) -> None:
    """Print the tables, or write them to a file, whole or not at all. Raises UserError where that fails."""
    from results.render import forms

    if path is None:
        print(forms.render(comparison, form, colour=sys.stdout.isatty()))
        return
    try:
        write_whole(path, forms.render(comparison, form).rstrip("\n") + "\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --out") from None


if __name__ == "__main__":
    sys.exit(main())
