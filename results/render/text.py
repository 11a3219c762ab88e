"""Tables as text: aligned for a terminal or a log, Markdown, LaTeX."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from harness.core.terminal import printable
from results.render.cells import numeric, shown
from results.tables.table import Table

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 10_000
"""Characters of a line: long lines are left to whoever shows them, nothing is cut."""


def terminal(tables: Iterable[Table], *, colour: bool = False) -> str:
    """Aligned columns under a title each, notes below; `colour` for a terminal, else plain text."""
    from rich.console import Console

    file = io.StringIO()
    console = Console(
        file=file, width=WIDEST, force_terminal=colour, no_color=not colour, legacy_windows=False
    )
    for place, table in enumerate(table for table in tables if table.printed):
        _print(console, table, first=place == 0)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _print(console: Console, table: Table, *, first: bool) -> None:
    from rich.table import Table as Grid
    from rich.text import Text

    if not first:
        console.print()
    console.print(Text(printable(table.title), style="bold"))
    frame = shown(table)
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    for name in frame.columns:
        right = numeric(frame[name])
        grid.add_column(Text(str(name)), justify="right" if right else "left", no_wrap=True)
    for line in frame.to_numpy().tolist():
        grid.add_row(*(Text(printable(str(part))) for part in line))
    console.print(grid)
    for note in table.notes:
        console.print(Text(printable(f"  {note}"), style="dim"), no_wrap=True, crop=False)


def markdown(tables: Iterable[Table]) -> str:
    """A heading, a table and a list of notes each."""
    parts = []
    for table in (table for table in tables if table.printed):
        notes = "".join(f"\n- {note}" for note in table.notes)
        parts.append(f"### {table.title}\n\n{markdown_table(shown(table))}{notes}\n")
    return "\n".join(parts)


def markdown_table(frame: pd.DataFrame) -> str:
    """A table of text as Markdown."""
    lines = [frame.columns.tolist(), ["---"] * len(frame.columns), *frame.to_numpy().tolist()]
    return "".join(
        "| " + " | ".join(str(part).replace("|", "\\|") for part in line) + " |\n" for line in lines
    )


def latex(tables: Iterable[Table]) -> str:
    """A table environment each; needs booktabs."""
    parts = ["% needs \\usepackage{booktabs}\n"]
    for table in (table for table in tables if table.printed):
        caption = ". ".join([table.title, *table.notes]).translate(LATEX)
        parts.append(
            f"\\begin{{table}}\n\\centering\n\\caption{{{caption}.}}\n\\label{{tab:{table.name}}}\n"
            f"{latex_table(shown(table))}\\end{{table}}\n"
        )
    return "\n".join(parts)


LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        **{letter: "\\" + letter for letter in "&%$#_{}"},
    }
)


def latex_table(frame: pd.DataFrame) -> str:
    """A table of text as a booktabs tabular: numbers to the right."""
    columns = "".join("r" if numeric(frame[name]) else "l" for name in frame.columns)
    rows = [" & ".join(str(part).translate(LATEX) for part in line) for line in frame.to_numpy()]
    head = " & ".join(str(name).translate(LATEX) for name in frame.columns)
    body = "".join(f"{row} \\\\\n" for row in rows)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )
