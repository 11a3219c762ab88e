"""Selected attention heads of the adaptations of runs: which ones, how often, and how much they overlap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import UserError
from results.records.runs import Runs


@dataclass(frozen=True)
class Selected:
    """The heads of one stream of one adaptation."""

    method: str
    stream: str
    label: str
    """Task and seed."""
    heads: tuple[tuple[int, int], ...]
    """(layer, head), best first."""
    scores: NDArray[np.float64]
    """[layers, heads], smaller is better; NaN where a head was out of the question."""


def read(runs: Runs) -> list[Selected]:
    """All heads/*.json. Raises UserError where one cannot be read."""
    found = []
    for _, row in runs.adaptations.iterrows():
        path = runs.runs[row["run"]].path / "heads" / f"{row['adapt_id']}.json"
        if not path.exists():
            continue
        tasks = ",".join(str(task) for task in row["tasks"])
        label = f"t{tasks}" if row["seed"] == 0 else f"t{tasks} s{row['seed']}"
        try:
            for stream, part in _streams(json.loads(path.read_text())):
                heads = tuple((int(layer), int(head)) for layer, head in part["heads"])
                scores = np.array(part["scores"], dtype=float)
                found.append(Selected(row["method"], stream, label, heads, scores))
        except (ValueError, TypeError, KeyError):
            raise UserError(f"{path} does not hold selected heads; delete it to go on") from None
    return found


def _streams(content: dict[str, object]) -> Iterator[tuple[str, dict[str, list]]]:
    """The first stream lies at the top, others under their names."""
    yield str(content.get("stream", "language")), content  # type: ignore[misc]
    for name, part in content.items():
        if isinstance(part, dict) and "heads" in part:
            yield name, part


def frequency(selected: list[Selected]) -> NDArray[np.float64]:
    """Share of the adaptations that chose each head [layers, heads]."""
    counts = np.zeros(selected[0].scores.shape)
    for one in selected:
        for layer, head in one.heads:
            counts[layer, head] += 1
    return counts / len(selected)


def overlaps(selected: list[Selected]) -> NDArray[np.float64]:
    """Heads that two adaptations share, divided by those that either has [adaptations, adaptations]."""
    table = np.eye(len(selected))
    for one, other in combinations(range(len(selected)), 2):
        mine, theirs = set(selected[one].heads), set(selected[other].heads)
        table[one, other] = table[other, one] = len(mine & theirs) / max(1, len(mine | theirs))
    return table


def overlap_by_chance(selected: list[Selected]) -> float:
    """What two random choices of as many heads would share, about: k / (2 N - k) for k of N."""
    usable = float(np.mean([np.isfinite(one.scores).sum() for one in selected]))
    chosen = float(np.mean([len(one.heads) for one in selected]))
    return chosen / (2 * usable - chosen) if usable else float("nan")
