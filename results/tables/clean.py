"""Episodes without a variation as adaptations: what the headline is made of."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from results.records.runs import Records
from results.stats.adaptations import JUDGED, Cells, cells, judged, on_common_scenes


@dataclass(frozen=True)
class Clean:
    """Judged episodes of all methods on the scenes that every one of them finished."""

    episodes: pd.DataFrame
    """With `won`, 1 or 0."""
    tried: pd.DataFrame
    """All episodes, errors among them."""
    rates: Cells
    common: bool
    """False where methods have no scene in common: then `episodes` are those of each."""

    @property
    def methods(self) -> tuple[str, ...]:
        """With a judged episode, in the order asked for."""
        return self.rates.methods

    @property
    def scenes(self) -> int:
        """On which every method was judged."""
        return int(self.episodes.groupby("method").size().min()) if self.common else 0

    def imputed(self, first: str, second: str) -> Cells:
        """Rates with errors of the first method as failures and those of the second as successes."""
        pair = self.tried[self.tried["method"].isin([first, second])]
        won = pair["status"].map(JUDGED)
        return cells(pair.assign(won=won.where(won.notna(), (pair["method"] == second).astype(float))))


def clean(records: Records) -> Clean:
    """Of `records`; a method of which nothing was judged takes no scene away from the others."""
    found = judged(records.nominal)
    methods = list(found["method"].unique())
    common = on_common_scenes(found, methods)
    kept = common if len(common) else found
    return Clean(kept, records.nominal, cells(kept), len(common) > 0)
