"""Everything that `python -m harness.compare` says about one or more runs, as a list of tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from harness.core.errors import UserError
from results.published import tables as published
from results.records import fingerprint, retention, runs
from results.records.runs import Runs
from results.render.text_tables import formatted
from results.tables import costs, robustness, success

TOO_FEW = 6
"""Pairs below which exact McNemar cannot reach 5%, whatever the outcome: 2 x 0.5^5 is 6.25%."""


@dataclass(frozen=True)
class Table:
    """A table of numbers with what has to be said about it."""

    name: str
    """Stem of its file."""
    title: str
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    published: bool = False
    """Whether somebody else measured it."""
    text: Callable[[pd.DataFrame], pd.DataFrame] = formatted
    """How its numbers are written."""

    @property
    def shown(self) -> pd.DataFrame:
        """As text without blank columns; published figures as they were printed, ours with intervals."""
        if self.published:
            return self.frame.map(lambda value: "" if value != value else f"{value}")
        shown = self.text(self.frame)
        return shown.loc[:, (shown != "").any()].rename(columns=lambda name: name.replace("_", " "))


@dataclass(frozen=True)
class Document:
    """What is compared, and the tables about it."""

    runs: Runs
    tables: tuple[Table, ...]
    mixed: str
    """What differs between rows compared all the same; empty where nothing does."""


def compare(
    paths: Sequence[Path], *, allow_mixed: bool = False, target: float | None = None, published: bool = True
) -> Document:
    """Read runs and make every table. Raises UserError for bad runs, and for mixed ones unless allowed."""
    read = runs.read(paths)
    mixed = fingerprint.check(read.episodes, allow_mixed)
    made = [*_of_success(read), *_of_robustness(read), *_of_cost(read, target), *_of_origin(read)]
    if published:
        made += _of_others(read)
    return Document(read, tuple(_marked(table, mixed) for table in made if len(table.frame)), mixed)


def _of_success(read: Runs) -> list[Table]:
    if read.nominal.empty:
        return [_levels(read)]
    pairs = success.comparisons(read.nominal)
    methods = retention.join(success.methods(read.nominal, read.adaptations), read)
    ranked = success.ranking(methods, pairs)
    return [
        Table("methods", "Methods", _with_fingerprint(ranked, read), _method_notes(ranked)),
        Table("aggregates", "Mean over tasks", _aggregates(read), (AGGREGATE_NOTE,)),
        Table("comparisons", "Pairs of methods on the same episodes", pairs, _pair_notes(pairs)),
        Table("tasks", "Tasks", _with_fingerprint(success.tasks(read.nominal), read)),
        _levels(read),
    ]


AGGREGATE_NOTE = (
    "every task counts the same; the interval is a bootstrap over tasks (what other tasks of this kind "
    "might give), blank below three tasks"
)


def _aggregates(read: Runs) -> pd.DataFrame:
    found = success.aggregates(read.nominal)
    return found if (found["tasks"] > 1).any() else found.iloc[:0]


def _levels(read: Runs) -> Table:
    frame = success.levels(read.varied)
    return Table("levels", "Success under variations, by level", _with_fingerprint(frame, read))


ROBUSTNESS_NOTES = {
    "robustness": (
        "drop: clean minus varied success on the same scenes, in points, interval by Bonett and Price; "
        f"retention: varied over clean, blank below {robustness.RETAINED_FROM:.0%}",
        f"beyond {robustness.REFERENCE}: the drop less that of {robustness.REFERENCE} on the same scenes "
        "(difference in differences), bootstrap over scenes",
    ),
    "robustness_dimensions": (
        "area: under success against level, in units of clean success (1 is no loss at any level)",
    ),
    "robustness_summary": ("every dimension counts the same",),
}


def _of_robustness(read: Runs) -> list[Table]:
    expert = robustness.expert_rates([run.path for run in read.runs])
    found = robustness.tables(read.episodes, expert, robustness.references(read.episodes))
    weak = robustness.unsolvable(expert, read.episodes)
    return [
        Table(
            name,
            robustness.TITLES[name],
            frame,
            (*ROBUSTNESS_NOTES.get(name, ()), *(weak if name in ROBUSTNESS_NOTES else ())),
            text=robustness.pretty,
        )
        for name, frame in found.items()
    ]


def _method_notes(table: pd.DataFrame) -> tuple[str, ...]:
    notes = ["success: Wilson interval, exact (Clopper-Pearson) where none or all succeeded"]
    if len(table) > 1:
        notes.append("letters: methods that share one are not told apart (exact McNemar, Holm, 5%)")
    if table["errors"].any():
        notes.append(
            "errors are episodes that crashed: left out of success; errors counted: among the episodes"
        )
    if "pretraining" in table:
        notes.append(
            "pretraining: success on tasks that the policy was pretrained on, adapted and before that"
        )
    return tuple(notes)


def _pair_notes(pairs: pd.DataFrame) -> tuple[str, ...]:
    if pairs.empty:
        return ()
    notes = [
        "difference: first minus second, interval by Newcombe; p: exact McNemar; Holm over the "
        f"{int(pairs['p'].notna().sum())} pairs of this table",
        "detectable: true difference that so many episodes show in four of five repetitions",
    ]
    apart = int((pairs["scenes"] == 0).sum())
    if apart:
        notes.append(f"{apart} of {len(pairs)} pairs have no common episodes and were not tested")
    few = int(((pairs["scenes"] > 0) & (pairs["scenes"] < TOO_FEW)).sum())
    if few:
        notes.append(f"{few} of {len(pairs)} pairs have under {TOO_FEW} episodes: no outcome reaches 5%")
    return tuple(notes)


def _of_cost(read: Runs, target: float | None) -> list[Table]:
    table = success.methods(read.nominal if len(read.nominal) else read.varied, read.adaptations)
    priced = costs.costs(read.episodes, read.adaptations, table)
    notes = (
        "per hour of one adaptation; blank where nothing was trained, or the other unit was measured",
        "evaluation: wall hours of all episodes, one worker each",
    )
    made = [
        Table("costs", "Cost of adapting", priced, notes),
        Table("phases", "Seconds of one adaptation by phase", costs.phases(read.adaptations, read.methods)),
    ]
    if target is not None:
        own = read.episodes.drop_duplicates("method").set_index("method")["own_method"]
        reached = costs.to_target(table, priced, own, target)
        note = "the cheapest measured budget that reached it; certain: its whole interval lies above"
        made.append(Table("target", f"Cost to reach {target:.0%} success", reached, (note,)))
    return made


def _of_origin(read: Runs) -> list[Table]:
    rows = [
        {
            "run": run.path.name,
            "methods": ", ".join(part["method"].unique()),
            "suite": ", ".join(part["suite"].unique()),
            "policy": ", ".join(part["policy"].unique()),
            "demos": run.study.get("demos"),
            "steps": run.study.get("steps"),
            "batch_size": run.study.get("batch_size"),
            "episodes": len(part),
        }
        for (_, part), run in zip(read.episodes.groupby("run"), read.runs, strict=True)
    ]
    return [
        Table("runs", "Runs", pd.DataFrame(rows)),
        Table("fingerprints", "Fingerprints: what the episodes ran on", fingerprint.table(read.episodes)),
    ]


def _of_others(read: Runs) -> list[Table]:
    recorded = set(read.episodes["own_method"])
    found = published.tables(set(read.episodes["suite"]), recorded, not read.varied.empty)
    return [
        Table(f"published_{name}", f"{published.HEADING}: {published.TITLES[name]}", frame, published=True)
        for name, frame in found.items()
    ]


def _with_fingerprint(table: pd.DataFrame, read: Runs) -> pd.DataFrame:
    """`table` with the fingerprints of each row's episodes."""
    by = [name for name in ("suite", "task_id", "variation", "level", "method") if name in table]
    found = read.episodes[[*by, "fingerprint"]].drop_duplicates()
    joined = found.groupby(by, sort=False)["fingerprint"].agg(" ".join).reset_index()
    return table.merge(joined, on=by, how="left")


def _marked(table: Table, mixed: str) -> Table:
    """Say on every table, and in a column of its file, where rows do not belong together."""
    if not mixed or table.published:
        return table
    return replace(table, frame=table.frame.assign(mixed="MIXED"), notes=(mixed, *table.notes))


def save_each(document: Document, folder: Path, ending: str) -> list[Path]:
    """One CSV or Parquet file a table. Raises UserError where it cannot be written."""
    if ending == "parquet":
        _need_parquet()
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in document.tables:
            path = folder / f"{table.name}.{ending}"
            if ending == "csv":
                table.frame.to_csv(path, index=False)
            else:
                table.frame.to_parquet(path, index=False)
            written.append(path)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from None
    return written


def _need_parquet() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise UserError(
            "--format parquet needs pyarrow, which is not installed; pip install pyarrow, or use --format csv"
        ) from None
