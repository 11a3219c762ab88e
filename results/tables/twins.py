"""Varied episodes and their clean twins: the same method on the same scene."""

from __future__ import annotations

import pandas as pd

WON = {"success": 1.0, "failure": 0.0}
"""An error is neither: it leaves its pair out."""

TWIN = ["suite", "task_id", "init_id", "seed"]
"""What a varied episode and its twin have in common."""


def varied(episodes: pd.DataFrame) -> pd.DataFrame:
    """Judged episodes with what they won; an error leaves its pair out."""
    judged = episodes[episodes["status"].isin(WON) & episodes["variation"].notna()]
    judged = judged.assign(won=judged["status"].map(WON))
    for column in ("quantity", "unit", "expects"):
        judged[column] = judged.get(column)
    return judged[judged["variation"] != "none"]


def pairs(episodes: pd.DataFrame) -> pd.DataFrame:
    """Varied episodes with `clean`, what the same method won on the twin; those without one are left out."""
    judged = episodes[episodes["status"].isin(WON)]
    clean = judged[judged["variation"] == "none"]
    twins = clean.assign(clean=clean["status"].map(WON))[["method", *TWIN, "clean"]]
    return varied(episodes).merge(twins, on=["method", *TWIN], validate="many_to_one")
