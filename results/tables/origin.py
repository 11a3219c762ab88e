"""Where the episodes come from: runs, fingerprints, errors."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from results.records import fingerprint
from results.records.runs import Records
from results.tables.table import Table


def tables(records: Records) -> Iterator[Table]:
    """Errors by message, runs with their settings, fingerprints."""
    yield Table("errors", "Errors", errors(records.episodes), ("how often each message was recorded",))
    yield Table("runs", "Runs", runs(records))
    title = "Fingerprints: what the episodes ran on"
    yield Table("fingerprints", title, fingerprint.table(records.episodes))


def errors(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a message, the most frequent first."""
    counts = episodes.loc[episodes["status"] == "error", "error"].value_counts()
    return counts.rename_axis("error").reset_index(name="episodes")


def runs(records: Records) -> pd.DataFrame:
    """One row a run directory."""
    rows = [
        {
            "run": run.path.name,
            "methods": ", ".join(part["method"].unique()),
            "suite": ", ".join(part["suite"].unique()),
            "policy": ", ".join(part["policy"].dropna().unique()),
            "demos": run.study.get("demos"),
            "steps": run.study.get("steps"),
            "batch_size": run.study.get("batch_size"),
            "episodes": len(part),
        }
        for (_, part), run in zip(records.episodes.groupby("run"), records.runs, strict=True)
    ]
    return pd.DataFrame(rows)


def with_fingerprint(table: pd.DataFrame, records: Records) -> pd.DataFrame:
    """`table` with the fingerprints of each row's episodes."""
    by = [name for name in ("suite", "task_id", "variation", "level", "method") if name in table]
    found = records.episodes[[*by, "fingerprint"]].drop_duplicates()
    joined = found.groupby(by, sort=False)["fingerprint"].agg(" ".join).reset_index()
    return table.merge(joined, on=by, how="left")
