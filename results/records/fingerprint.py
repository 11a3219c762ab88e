"""What an episode ran on. Rows of one suite are compared only where all of it is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from harness.core.errors import UserError

FIELDS = {
    "mujoco": "mujoco",
    "robosuite": "robosuite",
    "engine": "engine",
    "render": "render",
    "assets": "assets",
    "replan": "replan",
    "budget": "max_steps",
    "checkpoint": "policy_sha256",
    "commit": "commit",
}
"""Name -> column of an episode's row. Assets are the pack's name and hash, budget the steps allowed."""

FROM_STUDY = {
    "mujoco": "mujoco",
    "render": "render",
    "assets": "asset_label",
    "replan": "replan",
    "budget": "max_steps",
    "checkpoint": "policy_sha256",
}
"""Name -> setting in study.json, for rows of earlier versions, which do not carry all of it."""

UNKNOWN = "unknown"


def attach(episodes: pd.DataFrame, study: Mapping[str, Any]) -> pd.DataFrame:
    """`episodes` with every field in a column `on_<name>` and their digest in `fingerprint`.

    A row's own value counts, then the study's, then what all sessions of the run had in common; a commit
    that changed between sessions, of rows that do not say which one they belong to, is all of them.
    """
    sessions = study.get("sessions", [])
    found = {}
    for name, column in FIELDS.items():
        fallback = study.get(FROM_STUDY.get(name, ""), _of_sessions(sessions, name))
        own = episodes[column] if column in episodes else pd.Series(None, episodes.index, dtype=object)
        found[f"on_{name}"] = own.astype(object).where(own.notna() & (own != ""), fallback)
    frame = pd.DataFrame(found, index=episodes.index).fillna(UNKNOWN).astype(str)
    # An episode that crashed before the simulation was built cannot tell its engine: take its neighbours'.
    told = frame.loc[frame["on_engine"] != UNKNOWN, "on_engine"].unique()
    if len(told) == 1:
        crashed = (frame["on_engine"] == UNKNOWN) & (episodes["status"] == "error")
        frame.loc[crashed, "on_engine"] = told[0]
    kinds = frame.drop_duplicates().itertuples(index=False, name=None)
    digests = np.array([digest(kind) for kind in kinds])
    frame["fingerprint"] = digests[frame.groupby(list(frame.columns), sort=False).ngroup()]
    return episodes.join(frame)


def _of_sessions(sessions: list[dict[str, Any]], name: str) -> str:
    values = [
        session.get("commit") if name == "commit" else session.get("packages", {}).get(name)
        for session in sessions
    ]
    known = dict.fromkeys(str(value) for value in values if value)
    return " or ".join(known) or UNKNOWN


def digest(values: tuple[str, ...]) -> str:
    """Eight hexadecimal digits of the fields in their order."""
    return sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()[:8]


def differences(episodes: pd.DataFrame) -> dict[str, list[str]]:
    """Fields in which rows of one suite differ, with their values; empty where all may be compared."""
    kinds = episodes[["suite", *(f"on_{name}" for name in FIELDS)]].drop_duplicates()
    found: dict[str, list[str]] = {}
    for _, part in kinds.groupby("suite", sort=False):
        for name in FIELDS:
            values = list(dict.fromkeys(part[f"on_{name}"]))
            alternatives = len(values) > 1 or " or " in values[0]
            if alternatives:
                found[name] = list(dict.fromkeys([*found.get(name, []), *values]))
    return found


def check(episodes: pd.DataFrame, allow_mixed: bool) -> str:
    """A line for every table where rows differ, empty where none do. Raises UserError unless allowed."""
    found = differences(episodes)
    if not found:
        return ""
    parts = [f"{name} {', '.join(short(value) for value in values)}" for name, values in found.items()]
    described = "; ".join(parts)
    if not allow_mixed:
        raise UserError(
            f"the episodes did not run on the same thing ({described}), so they are not compared; "
            "compare runs of one fingerprint, or add --allow-mixed to do it all the same"
        )
    return f"MIXED: episodes that did not run on the same thing are compared ({described})"


def short(value: str) -> str:
    """Hashes cut to twelve digits, the mark of changed files kept."""
    parts = [part[:12] + "+" * (len(part) > 12 and part.endswith("+")) for part in value.split(" or ")]
    return " or ".join(parts) if all(len(part) > 30 for part in value.split(" or ")) else value


def table(episodes: pd.DataFrame) -> pd.DataFrame:
    """One row a fingerprint: where it occurs and every field."""
    columns = ["fingerprint", "suite", *(f"on_{name}" for name in FIELDS)]
    counted = episodes.groupby(columns, sort=False)
    shown = counted.agg(
        methods=("method", lambda names: ", ".join(names.unique())), episodes=("episode_id", "count")
    ).reset_index()
    shown = shown.rename(columns={f"on_{name}": name for name in FIELDS})
    for name in ("checkpoint", "commit"):
        shown[name] = [short(value) for value in shown[name]]
    return shown
