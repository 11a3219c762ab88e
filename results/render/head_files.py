"""Which heads a run selected: heat maps of their scores, and how far the tasks of a suite share them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.errors import UserError
from results.records.loading import read_lines
from results.render import pictures


@dataclass(frozen=True)
class Chosen:
    """One selection of a run, in one stream of the policy."""

    adapt_id: str
    method: str
    tasks: tuple[int, ...]
    seed: int
    stream: str
    found: Mapping[str, Any]
    """As in heads/*.json."""

    @property
    def label(self) -> str:
        """Tasks and seed."""
        return f"t{'-'.join(map(str, self.tasks))} s{self.seed}"

    @property
    def heads(self) -> set[tuple[int, int]]:
        """Layer and index of every chosen head."""
        return {(layer, head) for layer, head in self.found["heads"]}


def write(run: Path) -> str:
    """Draw everything into RUN/heads and RUN/heads.csv; returns what there is to say about it.

    A heat map for each adaptation; for each method and stream a matrix of overlaps (intersection over
    union of the chosen heads) between adaptations, as PNG and CSV; one table of all heads with their
    scores. Raises UserError where the run selected no heads.
    """
    everything = list(selections(run))
    if not everything:
        raise UserError(f"{run} holds no heads/*.json; run a method that selects heads, such as steer, first")
    for adapt_id in dict.fromkeys(one.adapt_id for one in everything):
        maps = {one.stream: one.found for one in everything if one.adapt_id == adapt_id}
        pictures.heat_map(run / "heads" / f"{adapt_id}.png", maps, adapt_id)
    table(everything).to_csv(run / "heads.csv", index=False)
    lines = [f"{len(everything)} selections; heat maps in {run / 'heads'}, scores of all heads in heads.csv"]
    for method, stream in dict.fromkeys((one.method, one.stream) for one in everything):
        group = [one for one in everything if (one.method, one.stream) == (method, stream)]
        if len(group) > 1:
            lines.append(_write_overlap(run / "heads" / f"overlap.{method}.{stream}", group))
    return "\n".join(lines)


def selections(run: Path) -> Iterator[Chosen]:
    """Every selection of the adaptations that are recorded, by method, task and seed."""
    rows = {row["adapt_id"]: row for row in read_lines(run / "adaptations.jsonl") if row.get("heads")}
    for row in sorted(rows.values(), key=lambda row: (row["method"], row["tasks"], row["seed"])):
        path = run / "heads" / f"{row['adapt_id']}.json"
        if not path.exists():
            continue
        first = _read(path)
        about = (row["adapt_id"], row["method"], tuple(row["tasks"]), row["seed"])
        streams = [
            first,
            *(value for value in first.values() if isinstance(value, dict) and "heads" in value),
        ]
        for found in streams:
            yield Chosen(*about, found.get("stream", "language"), found)


def table(everything: Sequence[Chosen]) -> pd.DataFrame:
    """One row for each head of each selection; `rank` counts from 1, NaN for heads that were not chosen."""
    rows = []
    for one in everything:
        ranks = {(layer, head): place for place, (layer, head) in enumerate(one.found["heads"], start=1)}
        dead = {(layer, head) for layer, head in one.found.get("inert") or ()}
        for layer, scores in enumerate(one.found["scores"]):
            for head, score in enumerate(scores):
                rows.append(
                    {
                        "adapt_id": one.adapt_id,
                        "method": one.method,
                        "tasks": "-".join(map(str, one.tasks)),
                        "seed": one.seed,
                        "stream": one.stream,
                        "selector": one.found["selector"],
                        "k": one.found["k"],
                        "mse": one.found["mse"],
                        "layer": layer,
                        "head": head,
                        "score": score,
                        "rank": ranks.get((layer, head)),
                        "dead": (layer, head) in dead,
                    }
                )
    return pd.DataFrame(rows).astype({"score": float, "rank": float})


def overlap(group: Sequence[Chosen]) -> NDArray[np.float64]:
    """Intersection over union of the heads of every two selections [selections, selections]."""
    return np.array([[_jaccard(one.heads, other.heads) for other in group] for one in group])


def _write_overlap(path: Path, group: Sequence[Chosen]) -> str:
    found = overlap(group)
    labels = [one.label for one in group]
    pd.DataFrame(found, labels, labels).to_csv(path.with_name(path.name + ".csv"))
    mean = found[~np.eye(len(found), dtype=bool)].mean()
    by_chance = group[0].found.get("overlap_by_chance")
    compared = "" if by_chance is None else f" (by chance {by_chance:.2f})"
    title = f"{group[0].method}, {group[0].stream}: mean overlap {mean:.2f}{compared}"
    pictures.matrix(path.with_name(path.name + ".png"), found, labels, title)
    return f"{title}, {len(group)} selections"


def _jaccard(one: set[tuple[int, int]], other: set[tuple[int, int]]) -> float:
    return len(one & other) / len(one | other)


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except ValueError:
        raise UserError(f"{path} is not JSON; delete it and its adaptation to select again") from None
