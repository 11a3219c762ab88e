"""A comparison as one page that needs nothing else: tables, charts, outcomes, heads, how to repeat it."""

from __future__ import annotations

import html
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from harness.core.errors import UserError
from results.records import reproduce
from results.render import head_panel, outcome_panel, panels, style
from results.render.documents import section
from results.tables.comparison import Document, Table, compare

FIRST = ("methods",)
LATER = ("aggregates", "comparisons")
ROBUSTNESS = ("robustness_summary", "robustness_dimensions", "language")


def write(
    paths: Sequence[Path],
    out: Path,
    *,
    allow_mixed: bool = False,
    target: float | None = None,
    published: bool = True,
) -> int:
    """Write the page to `out`, whole or not at all; returns its size in bytes.

    Raises UserError for bad runs, for mixed ones unless allowed, and where it cannot be written.
    """
    document = compare(paths, allow_mixed=allow_mixed, target=target, published=published)
    text = page(document, out.resolve().parent)
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        size = partial.write_text(text, encoding="utf-8")
        partial.replace(out)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}; choose another --out") from None
    return size


def page(document: Document, folder: Path) -> str:
    """The whole page; links to films lead from `folder`."""
    by_name = {table.name: table for table in document.tables}

    def pick(names: Sequence[str]) -> str:
        return "".join(section(by_name[name]) for name in names if name in by_name)

    runs = document.runs
    parts = {
        "methods": pick(FIRST),
        "cost": panels.pareto(runs, by_name),
        "costs": pick(("costs", "target")) + folded(by_name.get("phases")),
        "comparisons": pick(LATER),
        "levels": panels.levels(by_name)
        + pick(ROBUSTNESS)
        + folded(by_name.get("robustness"))
        + folded(by_name.get("levels")),
        "outcomes": outcome_panel.panel(runs, link(folder)),
        "tasks": folded(by_name.get("tasks")),
        "heads": head_panel.panel(runs),
        "losses": panels.losses(runs),
        "published": published(by_name),
        "origin": pick(("runs", "fingerprints")) + commands(document),
    }
    body = "".join(parts.values())
    return style.page(title(document), head(document, parts) + f"<main>{body}</main>")


NAMES = {
    "methods": "Methods",
    "cost": "Success against cost",
    "comparisons": "Pairs",
    "levels": "Variations",
    "outcomes": "Outcomes",
    "heads": "Heads",
    "losses": "Losses",
    "published": "Published by others",
    "origin": "Fingerprint and command",
}
"""Part of the page -> its name in the list of contents."""


def title(document: Document) -> str:
    """Suites and methods."""
    suites = ", ".join(document.runs.episodes["suite"].unique())
    return f"{suites}: {', '.join(document.runs.methods)}"


def head(document: Document, parts: dict[str, str]) -> str:
    """Title, warnings, what was found in a sentence, and contents."""
    runs = document.runs
    errors = int((runs.episodes["status"] == "error").sum())
    counts = [
        counted(len(runs.episodes), "episode"),
        counted(len(runs.episodes[["suite", "task_id"]].drop_duplicates()), "task"),
        counted(len(runs.methods), "method"),
        f"policy {', '.join(runs.episodes['policy'].unique())}",
        counted(errors, "error") if errors else "no errors",
    ]
    warning = f'<p class="warn">{html.escape(document.mixed)}</p>' if document.mixed else ""
    links = "".join(f'<a href="#{anchor(key)}">{name}</a>' for key, name in NAMES.items() if parts.get(key))
    return (
        f"<header><h1>{html.escape(title(document))}</h1>"
        f'<p class="lead">{html.escape(" · ".join(counts))}</p>{warning}'
        f"<p>{html.escape(finding(document))}</p><nav>{links}</nav></header>"
    )


def counted(number: int, thing: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def published(tables: Mapping[str, Table]) -> str:
    """What others measured, apart from what was measured here."""
    parts = [section(table) for table in tables.values() if table.published]
    return f'<div id="published">{"".join(parts)}</div>' if parts else ""


def anchor(key: str) -> str:
    """Where a part of the page begins."""
    return {"origin": "runs", "levels": "levels-chart"}.get(key, key)


def finding(document: Document) -> str:
    """What the letters say, in one sentence."""
    table = next((table.frame for table in document.tables if table.name == "methods"), None)
    if table is None or len(table) < 2 or table["success"].isna().all():
        return ""
    rows = table.to_dict("records")
    best = max(rows, key=lambda row: -1.0 if math.isnan(row["success"]) else row["success"])
    equal = [
        row["method"]
        for row in rows
        if row["method"] != best["method"] and set(row["letters"]) & set(best["letters"])
    ]
    apart = len(table) - 1 - len(equal)
    start = f"Highest success: {best['method']}, {best['success']:.1%}"
    if not equal:
        return f"{start}, told apart from every other method (exact McNemar, Holm, 5%)."
    rest = f"; it is told apart from {apart} other{'s' * (apart > 1)}" if apart else ""
    return f"{start}, not told apart from {', '.join(equal)} (exact McNemar, Holm, 5%){rest}."


def folded(table: Table | None) -> str:
    """A long table behind a line that opens it; needs no script."""
    if table is None:
        return ""
    summary = f"<summary>Table: {html.escape(table.title)}</summary>"
    return f"<details>{summary}{section(table)}</details>"


def commands(document: Document) -> str:
    """How to make each run again."""
    blocks = []
    for run in document.runs.runs:
        line = reproduce.command(run.study)
        commit = ", ".join(run.episodes["commit"].dropna().unique())
        if line:
            blocks.append(
                f"<h3>{html.escape(run.path.resolve().name)}</h3>"
                f'<p class="soft">at commit {html.escape(commit)}</p><pre>{html.escape(line)}</pre>'
            )
    return f'<section id="command"><h2>To reproduce</h2>{"".join(blocks)}</section>' if blocks else ""


def link(folder: Path) -> Callable[[Path], str]:
    """Address of a file as seen from the page."""
    return lambda path: quote(os.path.relpath(path.resolve(), folder))
