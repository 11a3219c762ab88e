"""The whole page: tables, charts, outcomes, heads, how to repeat it."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from harness.core.errors import UserError
from harness.core.files import write_whole
from results.records import reproduce
from results.render import drawings, style
from results.render.drawings import Drawing
from results.render.html import folded, part, section
from results.render.report import heads, outcomes
from results.tables.comparison import Comparison

LEVELS = "Success against level of variation"
FIRST = ("contrasts", "methods", "looks")
LATER = ("seeds", "retention")
NETWORKS = ("networks", "network_pairs", "tasks")
ROBUSTNESS = ("robustness_summary", "robustness_dimensions", "language")


def write(comparison: Comparison, out: Path) -> int:
    """Write the page to `out`, whole or not at all; returns its size in bytes. Raises UserError where it
    cannot be written."""
    content = page(comparison, out.resolve().parent).encode()
    try:
        write_whole(out, content)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}; choose another --out") from None
    return len(content)


def page(comparison: Comparison, folder: Path) -> str:
    """The whole page; links to films lead from `folder`."""
    by_name = {table.name: table for table in comparison.tables}

    def pick(names: Sequence[str]) -> str:
        return "".join(section(by_name[name]) for name in names if name in by_name)

    records = comparison.records
    parts = {
        "answer": part("answer", "Answer", row(drawings.answer(comparison))),
        "methods": pick(FIRST),
        "cost": part("cost", "Success against cost", row(drawings.cost(comparison))),
        "costs": pick(("costs", "target")) + folded(by_name.get("phases")),
        "seeds": pick(LATER),
        "levels": part("levels-chart", LEVELS, row(drawings.levels(comparison)))
        + pick(ROBUSTNESS)
        + folded(by_name.get("robustness"))
        + folded(by_name.get("levels")),
        "outcomes": outcomes.panel(records, link(folder)),
        "networks": "".join(folded(by_name.get(name)) for name in NETWORKS),
        "heads": heads.panel(records),
        "losses": part("losses", "Training loss", row(drawings.losses(comparison))),
        "published": published(comparison),
        "origin": pick(("errors", "runs", "fingerprints")) + commands(comparison),
    }
    body = "".join(parts.values())
    return style.page(title(comparison), head(comparison, parts) + f"<main>{body}</main>")


NAMES = {
    "answer": "Answer",
    "methods": "Methods",
    "cost": "Success against cost",
    "seeds": "Seeds",
    "levels": "Variations",
    "outcomes": "Outcomes",
    "heads": "Heads",
    "losses": "Losses",
    "published": "Published by others",
    "origin": "Fingerprint and command",
}
"""Part of the page -> its name in the list of contents."""


def row(drawn: Iterable[Drawing]) -> str:
    """Drawings beside each other; empty without any."""
    figures = "".join(drawing.in_page() for drawing in drawn)
    return f'<div class="row">{figures}</div>' if figures else ""


def title(comparison: Comparison) -> str:
    """Suites and methods."""
    suites = ", ".join(comparison.records.episodes["suite"].unique())
    return f"{suites}: {', '.join(comparison.records.methods)}"


def head(comparison: Comparison, parts: dict[str, str]) -> str:
    """Title, warnings, what was found in a sentence, and contents."""
    records = comparison.records
    errors = int((records.episodes["status"] == "error").sum())
    counts = [
        counted(len(records.episodes), "episode"),
        counted(len(records.episodes[["suite", "task_id"]].drop_duplicates()), "task"),
        counted(len(records.methods), "method"),
        f"policy {', '.join(records.episodes['policy'].dropna().unique())}",
        counted(errors, "error") if errors else "no errors",
    ]
    warning = "".join(f'<p class="warn">{html.escape(line)}</p>' for line in comparison.warnings)
    links = "".join(f'<a href="#{anchor(key)}">{name}</a>' for key, name in NAMES.items() if parts.get(key))
    return (
        f"<header><h1>{html.escape(title(comparison))}</h1>"
        f'<p class="lead">{html.escape(" · ".join(counts))}</p>{warning}'
        f'<p class="answer">{html.escape(comparison.answer)}</p><nav>{links}</nav></header>'
    )


def counted(number: int, thing: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number:,} {thing}{'s' * (number != 1)}"


def published(comparison: Comparison) -> str:
    """What others measured, apart from what was measured here."""
    parts = [section(table) for table in comparison.tables if table.published]
    return f'<div id="published">{"".join(parts)}</div>' if parts else ""


def anchor(key: str) -> str:
    """Where a part of the page begins."""
    return {"origin": "runs", "levels": "levels-chart"}.get(key, key)


def commands(comparison: Comparison) -> str:
    """How to make each run again."""
    blocks = []
    for run in comparison.records.runs:
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
