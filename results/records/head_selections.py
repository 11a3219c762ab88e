"""Attention heads that adaptations selected, from heads/*.json of run directories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.core.errors import UserError
from harness.core.files import content
from harness.core.record_lines import parsed
from harness.core.run_paths import RunPaths, is_file_part
from results.records.loading import read_lines
from results.records.runs import Records


@dataclass(frozen=True)
class HeadSelection:
    """The heads of one stream of one adaptation."""

    adapt_id: str
    method: str
    tasks: tuple[int, ...]
    seed: int
    stream: str
    selector: str
    scores: NDArray[np.float64]
    """[layers, heads]; NaN where a head was not ranked."""
    higher_is_better: bool
    heads: tuple[tuple[int, int], ...]
    """(layer, head) of the chosen ones, best first."""
    inert: frozenset[tuple[int, int]]
    """Heads that cannot change the action."""
    k: int | None
    """Neighbours, of selectors that have them."""
    mse: float | None
    """Error of the whole set, where the selector measures it."""

    @property
    def label(self) -> str:
        """Tasks and seed."""
        return f"t{'-'.join(map(str, self.tasks))} s{self.seed}"

    @property
    def ranked(self) -> int:
        """Number of heads with a score."""
        return int(np.isfinite(self.scores).sum())


def of_records(records: Records) -> list[HeadSelection]:
    """The selections of all runs, in the order of their adaptations, by the names of methods shown.

    Raises UserError where a file cannot be read.
    """
    found: list[HeadSelection] = []
    for row in records.adaptations.to_dict("records"):
        known = {str(name): value for name, value in row.items()}
        found += _of_adaptation(records.runs[known["run"]].path, known)
    return found


def of_run(path: Path) -> list[HeadSelection]:
    """The selections of a run directory by method, task and seed, whether or not an episode has ended.

    Raises UserError where a file cannot be read.
    """
    rows = {row["adapt_id"]: row for row in read_lines(RunPaths(path).adaptations) if row.get("heads")}
    ordered = sorted(rows.values(), key=lambda row: (row["method"], row["tasks"], row["seed"]))
    return [one for row in ordered for one in _of_adaptation(path, row)]


def parse(written: Any, adaptation: Mapping[str, Any]) -> list[HeadSelection]:
    """Every stream of what harness.heads or an adaptation wrote; `adaptation` has adapt_id, method, tasks
    and seed. Raises ValueError, TypeError or KeyError where something is missing."""
    return [
        HeadSelection(
            adapt_id=adaptation["adapt_id"],
            method=adaptation["method"],
            tasks=tuple(adaptation["tasks"]),
            seed=int(adaptation["seed"]),
            stream=_name(stream),
            selector=str(part.get("selector", "")),
            scores=_grid(part["scores"]),
            higher_is_better=part.get("better", "lower") == "higher",
            heads=tuple((int(layer), int(head)) for layer, head in part["heads"]),
            inert=frozenset((int(layer), int(head)) for layer, head in part.get("inert") or ()),
            k=part.get("k"),
            mse=part.get("mse"),
        )
        for stream, part in _streams(written)
    ]


def _grid(written: ArrayLike) -> NDArray[np.float64]:
    """Scores [layers, heads]. Raises ValueError for another shape."""
    scores = np.array(written, dtype=np.float64)
    if scores.ndim != 2 or not scores.size or np.isinf(scores).any():
        raise ValueError("scores are no grid of numbers")
    return scores


def _name(stream: str) -> str:
    """`stream` itself, which is part of names of files. Raises ValueError where it leads elsewhere."""
    if not is_file_part(stream):
        raise ValueError("the name of the stream is none")
    return stream


def _of_adaptation(run: Path, row: Mapping[str, Any]) -> list[HeadSelection]:
    path = RunPaths(run).heads(row["adapt_id"])
    if not path.exists():
        return []
    try:
        return parse(parsed(content(path)), row)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise UserError(f"{path} does not hold selected heads; delete it to go on") from None


def _streams(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The first stream lies at the top, others under their names."""
    yield str(content.get("stream", "language")), content
    for name, part in content.items():
        if isinstance(part, dict) and "heads" in part:
            yield name, part


def by_method_and_stream(
    selections: Iterable[HeadSelection],
) -> dict[tuple[str, str], list[HeadSelection]]:
    """(method, stream) -> its selections, in order of appearance."""
    groups: dict[tuple[str, str], list[HeadSelection]] = {}
    for one in selections:
        groups.setdefault((one.method, one.stream), []).append(one)
    return groups
