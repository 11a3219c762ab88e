"""What an episode ran on. Rows of one suite are compared only where all of it is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from harness.core.errors import UserError
from harness.core.records import COMPARED

UNKNOWN = "unknown"

HASHES = ("policy_sha256", "source")
"""Columns that are shown by their first twelve digits."""


def attach(episodes: pd.DataFrame, study: Mapping[str, Any]) -> pd.DataFrame:
    """`episodes` with the gaps in compared columns filled, and the digest of these in `fingerprint`.

    A row's own value counts, then the study's. An episode that crashed before there was a simulation or a
    policy cannot tell what it would have run on: its neighbours' value counts where they agree.
    """
    frame = pd.DataFrame({name: _values(episodes, name, study.get(name)) for name in COMPARED})
    varying = [name for name in COMPARED if frame[name].nunique() > 1]
    group = frame.groupby(varying, sort=False).ngroup() if varying else pd.Series(0, frame.index)
    kinds = frame[~group.duplicated()].itertuples(index=False, name=None)
    frame["fingerprint"] = np.array([digest(kind) for kind in kinds])[group]
    whole = [name for name in COMPARED if name in episodes and pd.api.types.is_numeric_dtype(episodes[name])]
    gapless = [name for name in whole if episodes[name].notna().all()]
    return episodes.assign(**{str(name): column for name, column in frame.drop(columns=gapless).items()})


def _values(episodes: pd.DataFrame, name: str, of_study: object) -> pd.Series:
    """One column as text, what is missing filled in."""
    own = episodes[name] if name in episodes else pd.Series(None, episodes.index, dtype=object)
    if own.notna().all() and (own != "").all():
        return own.astype(str)
    told = own.astype(object).where(own.notna() & (own != ""), of_study)
    known = told.dropna().astype(str)
    if known.nunique() == 1:
        crashed = told.isna() & (episodes["status"] == "error")
        told = told.where(~crashed, known.iloc[0])
    return told.astype(object).where(told.notna() & (told != ""), UNKNOWN).astype(str)


def digest(values: tuple[str, ...]) -> str:
    """Eight hexadecimal digits of the fields in their order."""
    return sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()[:8]


def differences(episodes: pd.DataFrame) -> dict[str, list[str]]:
    """Fields in which rows of one suite differ, with their values; empty where all may be compared."""
    kinds = episodes[["suite", *COMPARED]].drop_duplicates()
    found: dict[str, list[str]] = {}
    for _, part in kinds.groupby("suite", sort=False):
        for name in COMPARED:
            values = list(dict.fromkeys(part[name].astype(str)))
            if len(values) > 1:
                found[name] = list(dict.fromkeys([*found.get(name, []), *values]))
    return found


def check(episodes: pd.DataFrame, allow_mixed: bool) -> str:
    """A line for every table where rows differ, empty where none do. Raises UserError unless allowed."""
    found = differences(episodes)
    if not found:
        return ""
    described = "; ".join(
        f"{name} {', '.join(short(name, value) for value in values)}" for name, values in found.items()
    )
    if not allow_mixed:
        raise UserError(
            f"the episodes did not run on the same thing ({described}), so they are not compared; "
            "compare runs of one fingerprint, or add --allow-mixed to do it all the same"
        )
    return f"MIXED: episodes that did not run on the same thing are compared ({described})"


def short(name: str, value: str) -> str:
    """Hashes cut to twelve digits."""
    return value[:12] if name in HASHES else value


def table(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a fingerprint: where it occurs and every field."""
    columns = ["fingerprint", "suite", *COMPARED]
    counted = episodes.astype(dict.fromkeys(COMPARED, str)).groupby(columns, sort=False)
    shown = counted.agg(
        methods=("method", lambda names: ", ".join(names.unique())), episodes=("episode_id", "count")
    ).reset_index()
    for name in HASHES:
        shown[name] = [short(name, value) for value in shown[name]]
    return shown
