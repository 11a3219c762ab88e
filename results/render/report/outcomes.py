"""The part of a report that shows every episode: tasks by methods by initial states, with films."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd

from results.records.runs import Records
from results.render.cells import spans
from results.render.html import part

SIGNS = {"success": "■", "failure": "□", "error": "×", "not run": "·"}

TAGS = {"success": "b", "failure": "i", "error": "s", "not run": "u"}
"""Status -> the element that colours its signs: one letter, because there may be thousands."""

CHARACTER, BESIDE = 8, 460
"""Pixels of one outcome, and those that a method's name, its count and its films take beside them."""


def panel(records: Records, link: Callable[[Path], str]) -> str:
    """For each task and method, the outcome of every initial state, and the films there are."""
    episodes = records.nominal
    blocks = []
    for (suite, task_id), mine in episodes.groupby(["suite", "task_id"], sort=True):
        columns = sorted(mine["init_id"].unique())
        rows = [
            _row(records, str(method), own, columns, link)
            for method, own in mine.groupby("method", sort=False)
        ]
        name = mine["instruction"].iloc[0] or mine["task"].iloc[0]
        heading = f"<h3>{html.escape(f'{suite} {task_id}: {name}')}</h3>"
        table = f'<table class="outcomes"><tbody>{"".join(rows)}</tbody></table>'
        blocks.append(f"<div>{heading}{table}</div>")
    keys = "".join(f'<span class="key">{signs([word])} {word}</span>' for word in SIGNS)
    note = '<p class="soft">Columns: initial states in order; lines: seeds.</p>'
    wide = episodes["init_id"].nunique() * CHARACTER + BESIDE
    grid = f'<div class="blocks" style="--wide: {wide}px">{"".join(blocks)}</div>'
    return part(
        "outcomes", "Outcomes by initial state", f'<p class="keys grid">{keys}</p>{note}{grid}' * bool(blocks)
    )


def grid(lines: Iterable[Mapping[int, str]], columns: Sequence[int], words: str) -> str:
    """Outcomes (initial state -> status) as characters, a line for each seed; `words` for screen readers."""
    text = "<br>".join(signs([line.get(column, "not run") for column in columns]) for line in lines)
    return f'<div class="grid" role="img" aria-label="{html.escape(words)}">{text}</div>'


def signs(statuses: Sequence[str]) -> str:
    """One character an outcome, distinguished by shape and colour."""
    runs = ((status, len(list(equal))) for status, equal in groupby(statuses))
    return "".join(f"<{TAGS[status]}>{SIGNS[status] * count}</{TAGS[status]}>" for status, count in runs)


def _row(
    records: Records, method: str, own: pd.DataFrame, columns: list[int], link: Callable[[Path], str]
) -> str:
    lines = [
        dict(zip(line["init_id"], line["status"], strict=True)) for _, line in own.groupby("seed", sort=True)
    ]
    counts = own["status"].value_counts()
    judged = int(counts.get("success", 0) + counts.get("failure", 0))
    words = [
        f"{status}: {spans(own.loc[own['status'] == status, 'init_id'].unique())}"
        for status in ("success", "failure", "error")
        if status in counts
    ]
    picture = grid(lines, columns, f"{method}; {'; '.join(words)}")
    broken = int(counts.get("error", 0))
    errors = f", {broken} error{'s' * (broken > 1)}" if broken else ""
    films = " ".join(
        f'<a href="{html.escape(link(path))}">film of a {path.stem.rpartition(".")[2]}</a>'
        for path in records.films(own)
    )
    return (
        f'<tr><th scope="row">{html.escape(method)}</th><td>{picture}</td>'
        f"<td>{counts.get('success', 0)} of {judged}{errors}</td><td>{films}</td></tr>"
    )
