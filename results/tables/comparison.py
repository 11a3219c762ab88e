"""Everything that is said about one or more runs, as a list of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from results.published import tables as published_tables
from results.records import fingerprint
from results.records.runs import Records
from results.tables import costs, ledger, origin, retention, robustness, success
from results.tables.rates import counted
from results.tables.table import Table

OF_A_RUN = (
    *("methods", "tasks", "comparisons", "errors", "retention", "seconds", "levels"),
    *("robustness", "robustness_dimensions", "robustness_summary", "language"),
)
"""Tables that are printed at the end of a run; all of them are written into its directory."""


@dataclass(frozen=True)
class Comparison:
    """What is compared, and the tables about it. `comparison["methods"]` is the frame of one table."""

    records: Records
    tables: tuple[Table, ...]
    """Without empty ones."""
    mixed: str
    """What differs between rows compared all the same; empty where nothing does."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The frame of a table. Raises KeyError with the names there are."""
        for table in self.tables:
            if table.name == name:
                return table.frame
        raise KeyError(f"no table {name!r}; there are {', '.join(table.name for table in self.tables)}")

    def __contains__(self, name: str) -> bool:
        return any(table.name == name for table in self.tables)

    @property
    def success(self) -> pd.DataFrame:
        """Success by method of unvaried episodes, of all where every one is varied."""
        nominal = self.records.nominal
        return counted(nominal if len(nominal) else self.records.episodes, ["method"])

    @property
    def of_a_run(self) -> tuple[Table, ...]:
        """Those that are printed at the end of a run."""
        by_name = {table.name: table for table in self.tables}
        return tuple(by_name[name] for name in OF_A_RUN if name in by_name)


def compare(
    records: Records, *, allow_mixed: bool = False, target: float | None = None, published: bool = True
) -> Comparison:
    """Make every table. Raises UserError for episodes that ran on different things, unless allowed.

    `target` is a success rate from 0 to 1 whose cost is asked for.
    """
    mixed = fingerprint.check(records.episodes, allow_mixed)
    made = [
        *success.tables(records),
        *retention.tables(records),
        *robustness.tables(records),
        *costs.tables(records, target),
        *ledger.tables(records),
        *origin.tables(records),
    ]
    if published:
        made += _published(records)
    return Comparison(records, tuple(_marked(table, mixed) for table in made if len(table.frame)), mixed)


def _published(records: Records) -> Iterator[Table]:
    recorded = set(records.episodes["own_method"])
    found = published_tables.tables(set(records.episodes["suite"]), recorded, not records.varied.empty)
    for name, frame in found.items():
        title = f"{published_tables.HEADING}: {published_tables.TITLES[name]}"
        yield Table(f"published_{name}", title, frame, published=True)


def _marked(table: Table, mixed: str) -> Table:
    """Say on every table, and in a column of its file, where rows do not belong together."""
    if not mixed or table.published:
        return table
    return replace(table, frame=table.frame.assign(mixed="MIXED"), notes=(mixed, *table.notes))
