"""Everything that is said about one or more runs, as a list of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from results.published import tables as published_tables
from results.records import fingerprint
from results.records.runs import Records
from results.stats.adaptations import JUDGED
from results.tables import (
    completeness,
    contrasts,
    costs,
    ledger,
    libero_plus,
    looks,
    networks,
    origin,
    retention,
    robustness,
    seeds,
    speed,
    success,
)
from results.tables.clean import clean
from results.tables.contrasts import Question
from results.tables.rates import counted
from results.tables.table import Table

ASKED_NOTHING = Question()

OF_A_RUN = (
    *("contrasts", "methods", "looks", "seeds", "tasks", "network_pairs", "errors", "retention", "phases"),
    *("robustness_dimensions", "robustness_summary", "language", "libero_plus"),
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
    warnings: tuple[str, ...] = ()
    """To be read before any number: unfinished, mixed, many errors."""

    @property
    def answer(self) -> str:
        """The first planned contrast in a sentence; empty with one method or varied episodes only."""
        known = "contrasts" in self and "methods" in self
        return contrasts.answer(self["contrasts"], self["methods"]) if known else ""

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
        return self["methods"] if "methods" in self else counted(self.records.episodes, ["method"])

    @property
    def of_a_run(self) -> tuple[Table, ...]:
        """Those that are printed at the end of a run."""
        by_name = {table.name: table for table in self.tables}
        return tuple(by_name[name] for name in OF_A_RUN if name in by_name)


def compare(
    records: Records,
    *,
    allow_mixed: bool = False,
    target: float | None = None,
    published: bool = True,
    question: Question = ASKED_NOTHING,
) -> Comparison:
    """Make every table. Raises UserError for episodes that ran on different things, unless allowed, and for
    contrasts of methods that there are not.

    `target` is a success rate from 0 to 1 whose cost is asked for.
    """
    mixed = fingerprint.check(records.episodes, allow_mixed)
    made = [
        *_of_success(records, target, question),
        *networks.tables(records),
        *retention.tables(records),
        *robustness.tables(records),
        *libero_plus.tables(records),
        *ledger.tables(records),
        *origin.tables(records),
    ]
    if published:
        made += _published(records)
    warnings = ([mixed] if mixed else []) + completeness.warnings(records)
    kept = tuple(_marked(table, mixed) for table in made if len(table.frame))
    return Comparison(records, kept, mixed, tuple(warnings))


def _of_success(records: Records, target: float | None, question: Question) -> Iterator[Table]:
    """Contrasts, methods, seeds, costs; only costs where no episode without a variation was judged."""
    priced = costs.costs(records)
    rates = counted(records.episodes, ["method"])
    if records.nominal["status"].isin(JUDGED).any():
        found = clean(records)
        made = success.table(records, found)
        rates = made.frame
        yield contrasts.table(records, found, priced, question)
        yield replace(made, frame=origin.with_fingerprint(made.frame, records))
        yield from looks.tables(records, found)
        yield seeds.table(found)
        yield speed.table(found)
    yield from costs.tables(records, priced, rates, target)


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
