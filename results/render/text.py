"""Tables as text: aligned for a terminal or a log, Markdown, LaTeX."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from harness.core.terminal import printable
from results.render.cells import MINUS, numeric, shown
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


MOST_COLUMNS = 6
"""Of a LaTeX table: what fits a page of a paper."""

IN_PAPER = {
    "contrasts": ("first", "second", "difference", "p_holm", "cost_ratio", "verdict"),
    "methods": ("method", "success", "steps", "trainable_params", "gpu_hours", "cpu_core_hours"),
    "costs": ("method", "trainable_params", "peak_gib", "gflops", "gpu_hours_each", "cpu_core_hours_each"),
    "robustness": ("variation", "level", "method", "varied", "retention", "drop"),
    "robustness_dimensions": ("variation", "method", "varied", "retention", "drop", "verdict"),
    "robustness_summary": ("method", "mean_drop", "worst", "worst_drop"),
    "levels": ("variation", "level", "method", "success", "drop", "episodes"),
    "tasks": ("task_id", "task", "method", "success", "episodes", "errors"),
    "networks": ("method", "success", "episodes", "errors"),
    "network_pairs": ("first", "second", "scenes", "difference", "p", "p_holm"),
    "language": ("variation", "method", "does_old_task", "verdict"),
}
"""Table -> its columns in LaTeX, those with an interval by their value; of others the first MOST_COLUMNS."""


def for_paper(table: Table) -> pd.DataFrame:
    """The table as text with the columns of IN_PAPER, at most MOST_COLUMNS."""
    wanted = IN_PAPER.get(table.name)
    if wanted is None:
        return shown(table).iloc[:, :MOST_COLUMNS]
    kept = [name for name in table.frame if str(name).removesuffix("_low").removesuffix("_high") in wanted]
    ends = [name for name in ("low", "high") if name in table.frame and "success" in wanted]
    doubled = [name for name in ("does_low", "does_high") if name in table.frame]
    chosen = dict.fromkeys([*kept, *ends, *doubled])
    return shown(replace(table, frame=table.frame[list(chosen)]))


def latex(tables: Iterable[Table]) -> str:
    """A table environment each, of at most MOST_COLUMNS columns; needs booktabs."""
    parts = ["% needs \\usepackage{booktabs}\n"]
    for table in (table for table in tables if table.printed):
        caption = ". ".join([table.title, *table.notes]).translate(LATEX)
        parts.append(
            f"\\begin{{table}}\n\\centering\n\\caption{{{caption}.}}\n\\label{{tab:{table.name}}}\n"
            f"{latex_table(for_paper(table))}\\end{{table}}\n"
        )
    return "\n".join(parts)


LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        MINUS: "$-$",
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
