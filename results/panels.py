"""The parts of a report that are drawn: success against cost, outcomes, heads, losses, phases, levels."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from results import attention, charts, grids
from results.charts import Point
from results.comparing import Table
from results.runs import Runs

UNITS = {
    "gpu_hours_each": "GPU-hours of one adaptation",
    "cpu_core_hours_each": "CPU core-hours of one adaptation",
}

PHASE_NAMES = {
    "load_s": "load",
    "activations_s": "activations",
    "select_s": "selection",
    "train_s": "training",
    "checkpoint_s": "checkpoint",
}
"""Demonstrations are left out: all methods share them."""

MOST_LOSSES = 30
"""Points of a loss curve: means of so many groups of steps."""

MOST_OVERLAPS = 24
"""Adaptations whose overlaps still fit into one grid."""


def part(name: str, title: str, body: str) -> str:
    """A section of the page; empty without a body."""
    return f'<section id="{name}"><h2>{html.escape(title)}</h2>{body}</section>\n' if body else ""


def pareto(runs: Runs, tables: Mapping[str, Table]) -> str:
    """Success over hours, a chart for each unit that was measured."""
    if "methods" not in tables or "costs" not in tables:
        return ""
    joined = (
        tables["methods"]
        .frame[["method", "success", "low", "high"]]
        .merge(tables["costs"].frame, on="method")
    )
    drawn = []
    for unit, label in UNITS.items():
        if unit not in joined:
            continue
        known = joined[(joined[unit] > 0) & joined["success"].notna()]
        series = {
            row["method"]: Point(row[unit], row["success"], row["low"], row["high"])
            for _, row in known.iterrows()
        }
        if series:
            chart = charts.scatter(series, label, f"Success against {label}")
            drawn.append(charts.figure(chart, "Bars: 95%. Dashed: methods that no cheaper one beats."))
    drawn += phases(tables)
    return part("cost", "Success against cost", f'<div class="row">{"".join(drawn)}</div>' if drawn else "")


def outcomes(runs: Runs, link: Callable[[Path], str]) -> str:
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
        blocks.append(f'{heading}<div class="scroll" tabindex="0">{table}</div>')
    signs = {"success": {0: "success"}, "failure": {0: "failure"}, "error": {0: "error"}, "not run": {}}
    keys = "".join(
        f'<span class="key">{grids.outcomes([line], [0], word)}{word}</span>' for word, line in signs.items()
    )
    note = '<p class="soft">Columns: initial states in order; lines: seeds.</p>'
    return part("outcomes", "Outcomes by initial state", f'<p class="keys">{keys}</p>{note}{"".join(blocks)}')


def _outcome_row(
    runs: Runs, method: str, own: pd.DataFrame, columns: list[int], link: Callable[[Path], str]
) -> str:
    lines = [
        dict(zip(line["init_id"], line["status"], strict=True)) for _, line in own.groupby("seed", sort=True)
    ]
    counts = own["status"].value_counts()
    judged = int(counts.get("success", 0) + counts.get("failure", 0))
    words = [
        f"{status}: {grids.spans(own.loc[own['status'] == status, 'init_id'].unique())}"
        for status in ("success", "failure", "error")
        if status in counts
    ]
    picture = grids.outcomes(lines, columns, f"{method}; {'; '.join(words)}")
    errors = f", {counts['error']} errors" if "error" in counts else ""
    films = " ".join(
        f'<a href="{html.escape(link(path))}">film of a {path.stem.rpartition(".")[2]}</a>'
        for path in films_of(runs, own)
    )
    return (
        f'<tr><th scope="row">{html.escape(method)}</th><td>{picture}</td>'
        f"<td>{counts.get('success', 0)} of {judged}{errors}</td><td>{films}</td></tr>"
    )


def films_of(runs: Runs, episodes: pd.DataFrame) -> list[Path]:
    """Films that exist of the episodes' methods and tasks."""
    found = []
    kinds = episodes[["run", "own_method", "task_id"]].drop_duplicates()
    for run, method, task_id in kinds.itertuples(index=False, name=None):
        for status in ("success", "failure"):
            path = runs.runs[run].path / "videos" / f"{method}.t{task_id}.{status}.mp4"
            found += [path] if path.exists() else []
    return found


def levels(tables: Mapping[str, Table]) -> str:
    """Success over level, a chart for each variation; level 0 is the unvaried scene."""
    if "levels" not in tables:
        return ""
    frame = tables["levels"].frame
    nominal = tables["methods"].frame if "methods" in tables else None
    names = list(dict.fromkeys(frame["method"]))
    drawn = []
    for variation, mine in frame.groupby("variation", sort=False):
        series = {}
        for name in names:
            rows = mine[mine["method"] == name].to_dict("records")
            if nominal is not None and 0 not in {row["level"] for row in rows}:
                rows = [*nominal[nominal["method"] == name].assign(level=0).to_dict("records"), *rows]
            points = [
                Point(row["level"], row["success"], row["low"], row["high"])
                for row in rows
                if not math.isnan(row["success"])
            ]
            series[name] = points
        if any(series.values()):
            known = {name: points for name, points in series.items() if points}
            chart = charts.lines(
                known, "level", "success", f"Success under {variation}", percent=True, marks=True
            )
            drawn.append(charts.figure(chart, str(variation)))
    body = charts.legend(names) + f'<div class="row">{"".join(drawn)}</div>' if drawn else ""
    return part("levels-chart", "Success against level of variation", body)


def heads(runs: Runs) -> str:
    """How often each head was chosen, how much choices overlap, and the scores of every one."""
    groups: dict[tuple[str, str], list[attention.Selected]] = {}
    for one in attention.read(runs):
        groups.setdefault((one.method, one.stream), []).append(one)
    blocks = [_heads_of(method, stream, found) for (method, stream), found in groups.items()]
    note = '<p class="soft">Rows: layers; columns: heads. A ring marks a chosen head, a stroke one that '
    note += "cannot change the action.</p>"
    return part("heads", "Attention heads", note + "".join(blocks) if blocks else "")


def _heads_of(method: str, stream: str, found: list[attention.Selected]) -> str:
    often = attention.frequency(found)
    rows, columns = [str(row) for row in range(len(often))], [str(head) for head in range(often.shape[1])]
    heading = f"<h3>{html.escape(method)}, {html.escape(stream)} stream</h3>"
    if len(found) == 1:
        return f'{heading}<div class="scroll" tabindex="0">{_scores_of(found[0], rows, columns)}</div>'
    drawing = grids.heat_map(often, f"How often {method} chose each head", rows=rows, columns=columns)
    figures = charts.figure(drawing, f"Chosen in {len(found)} adaptations: darker is more often")
    figures += _overlaps_of(found)
    scores = "".join(_scores_of(one, rows, columns) for one in found)
    summary = "<summary>Scores of every adaptation</summary>"
    return (
        f'{heading}<div class="row scroll" tabindex="0">{figures}</div>'
        f'<details>{summary}<div class="row scroll" tabindex="0">{scores}</div></details>'
    )


def _overlaps_of(found: list[attention.Selected]) -> str:
    table = attention.overlaps(found)
    mean = float(table[~np.eye(len(found), dtype=bool)].mean())
    chance = attention.overlap_by_chance(found)
    words = f"Overlap of two choices (shared / either): mean {mean:.2f}, by chance about {chance:.2f}"
    if len(found) > MOST_OVERLAPS:
        return f"<p>{html.escape(words)}</p>"
    columns = [str(place) for place in range(len(found))]
    rows = [f"{place}: {one.label}" for place, one in enumerate(found)]
    return charts.figure(grids.heat_map(table, words, rows=rows, columns=columns), words)


def _scores_of(one: attention.Selected, rows: list[str], columns: list[str]) -> str:
    low, high = np.nanmin(one.scores), np.nanmax(one.scores)
    shares = 1 - (one.scores - low) / (high - low) if high > low else np.ones_like(one.scores)
    drawing = grids.heat_map(shares, f"Scores of {one.label}", rows=rows, columns=columns, marked=one.heads)
    return charts.figure(drawing, f"{one.label}: darker is a smaller error ({low:.3g} to {high:.3g})")


def losses(runs: Runs) -> str:
    """Mean training loss of each method's adaptations over steps."""
    if "losses" not in runs.adaptations:
        return ""
    series = {}
    for method in runs.methods:
        own = runs.adaptations[runs.adaptations["method"] == method]
        curves = [
            (thinned(values), steps)
            for values, steps in zip(own["losses"], own["steps"], strict=True)
            if isinstance(values, list) and len(values) > 1
        ]
        if not curves:
            continue
        shortest = min(len(curve) for curve, _ in curves)
        mean = np.mean([thinned(curve, shortest) for curve, _ in curves], axis=0)
        steps = max(steps for _, steps in curves)
        series[method] = [
            Point((place + 0.5) * steps / shortest, float(value)) for place, value in enumerate(mean)
        ]
    if not series:
        return ""
    chart = charts.lines(series, "step", "loss", "Training loss", percent=False, marks=False)
    caption = "Mean over the adaptations of each method, in groups of steps."
    return part(
        "losses", "Training loss", charts.legend(list(series), dashes=True) + charts.figure(chart, caption)
    )


def thinned(values: list[float] | np.ndarray, most: int = MOST_LOSSES) -> np.ndarray:
    """Means of at most `most` consecutive groups."""
    groups = np.array_split(np.asarray(values, dtype=float), min(most, len(values)))
    return np.array([group.mean() for group in groups])


def phases(tables: Mapping[str, Table]) -> list[str]:
    """Seconds of one adaptation, stacked by phase: one figure, or none where nothing was measured."""
    if "phases" not in tables:
        return []
    frame = tables["phases"].frame
    present = [name for name in PHASE_NAMES if name in frame]
    rows = {row["method"]: [row[name] for name in present] for row in frame.fillna(0.0).to_dict("records")}
    if not present or not any(sum(values) for values in rows.values()):
        return []
    names = [PHASE_NAMES[name] for name in present]
    drawing = charts.bars(rows, names, "s", "Seconds of one adaptation by phase")
    return [charts.figure(drawing, "Wall seconds of one adaptation by phase, without demonstrations.")]
