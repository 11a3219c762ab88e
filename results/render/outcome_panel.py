"""The part of a report that shows every episode: tasks by methods by initial states, with films."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from results.records.runs import Runs
from results.render import grids
from results.render.panels import part
from results.render.text_tables import spans

BESIDE = 460
"""Pixels that a method's name, its count and its films take beside the outcomes."""


def panel(runs: Runs, link: Callable[[Path], str]) -> str:
    """For each task and method, the outcome of every initial state, and the films there are."""
    episodes = runs.nominal
    blocks = []
    for (suite, task_id), mine in episodes.groupby(["suite", "task_id"], sort=True):
        columns = sorted(mine["init_id"].unique())
        rows = []
        for method, own in mine.groupby("method", sort=False):
            rows.append(_outcome_row(runs, str(method), own, columns, link))
        name = mine["instruction"].iloc[0] or mine["task"].iloc[0]
        heading = f"<h3>{html.escape(f'{suite} {task_id}: {name}')}</h3>"
        table = f'<table class="outcomes"><tbody>{"".join(rows)}</tbody></table>'
        blocks.append(f'<div>{heading}<div class="scroll" tabindex="0">{table}</div></div>')
    signs = {"success": {0: "success"}, "failure": {0: "failure"}, "error": {0: "error"}, "not run": {}}
    keys = "".join(
        f'<span class="key">{grids.outcomes([line], [0], word)}{word}</span>' for word, line in signs.items()
    )
    note = '<p class="soft">Columns: initial states in order; lines: seeds.</p>'
    wide = episodes["init_id"].nunique() * grids.PITCH + BESIDE
    grid = f'<div class="blocks" style="--wide: {wide}px">{"".join(blocks)}</div>'
    body = f'<p class="keys">{keys}</p>{note}{grid}'
    return part("outcomes", "Outcomes by initial state", body if blocks else "")


def _outcome_row(
    runs: Runs, method: str, own: pd.DataFrame, columns: list[int], link: Callable[[Path], str]
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
    picture = grids.outcomes(lines, columns, f"{method}; {'; '.join(words)}")
    broken = int(counts.get("error", 0))
    errors = f", {broken} error{'s' * (broken > 1)}" if broken else ""
    films = " ".join(
        f'<a href="{html.escape(link(path))}">film of a {path.stem.rpartition(".")[2]}</a>'
        for path in runs.films(own)
    )
    return (
        f'<tr><th scope="row">{html.escape(method)}</th><td>{picture}</td>'
        f"<td>{counts.get('success', 0)} of {judged}{errors}</td><td>{films}</td></tr>"
    )
