"""Tables and whole documents as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable

import pandas as pd

from results.render import style
from results.render.cells import numeric, shown
from results.tables.table import Table


def page(title: str, tables: Iterable[Table]) -> str:
    """A page of its own with every table."""
    return style.page(title, "".join(section(table) for table in tables if table.printed))


def section(table: Table) -> str:
    """One table with its heading and notes, as a part of a page."""
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    listed = f'<ul class="notes">{notes}</ul>' if notes else ""
    body = f"{to_html(shown(table))}{listed}"
    return part(table.name, table.title, body)


def part(name: str, title: str, body: str) -> str:
    """A section of the page; empty without a body."""
    return f'<section id="{name}"><h2>{html.escape(title)}</h2>{body}</section>\n' if body else ""


def folded(table: Table | None) -> str:
    """A long table behind a line that opens it; needs no script."""
    if table is None:
        return ""
    summary = f"<summary>Table: {html.escape(table.title)}</summary>"
    return f"<details>{summary}{section(table)}</details>"


def to_html(frame: pd.DataFrame) -> str:
    """A table of text as HTML. The first column heads its row; on a narrow page each row is a list of cells
    with the heads of their columns."""
    kinds = [_right(frame[name]) for name in frame.columns]
    frame = frame.map(
        lambda cell: str(cell).replace(", ", ",\N{NO-BREAK SPACE}") if "[" in str(cell) else cell
    )
    heads = [html.escape(name) for name in frame.columns]
    head = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(heads, kinds, strict=True))
    lines = []
    for line in frame.to_numpy():
        first, *parts = [html.escape(str(part)) for part in line]
        named = zip(kinds[1:], heads[1:], parts, strict=True)
        cells = "".join(f'<td{kind} data-head="{head}">{part}</td>' for kind, head, part in named)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>\n')
    return f'<table class="data"><thead><tr>{head}</tr></thead><tbody>\n{"".join(lines)}</tbody></table>\n'


def _right(column: pd.Series) -> str:
    return ' class="n"' if numeric(column) else ""
