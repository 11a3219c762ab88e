"""Varied episodes and their clean twins: the same method on the same scene."""

from __future__ import annotations

import pandas as pd

WON = {"success": 1.0, "failure": 0.0}
"""An error is neither: it leaves its pair out."""

TWIN = ["suite", "task_id", "init_id", "seed"]
"""What a varied episode and its twin have in common."""


USED = (
    *("method", *TWIN, "adapt_id", "scene_id", "variation", "level", "status"),
    *("quantity", "unit", "expects"),
)
"""Columns that the tables about variations are made of; missing ones are blank."""


def varied(episodes: pd.DataFrame) -> pd.DataFrame:
    """Judged episodes with what they won; an error leaves its pair out."""
    wanted = episodes["status"].isin(WON) & episodes["variation"].notna() & (episodes["variation"] != "none")
    judged = episodes.reindex(columns=list(USED))[wanted]
    return judged.assign(won=judged["status"].map(WON))


def pairs(episodes: pd.DataFrame) -> pd.DataFrame:
    """Varied episodes with `clean`, what the same method won on the twin; those without one are left out."""
    judged = episodes[episodes["status"].isin(WON)]
    clean = judged[judged["variation"] == "none"]
    twins = clean[["method", *TWIN]].assign(clean=clean["status"].map(WON))
    return varied(episodes).merge(twins, on=["method", *TWIN], validate="many_to_one")
