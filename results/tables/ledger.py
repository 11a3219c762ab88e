"""What was spent in each phase, and how training losses fell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.records.runs import Records
from results.tables.table import Table

PHASES = (
    *("load", "activations", "selection", "stability", "compile", "sweep", "training", "checkpoint"),
    "evaluation",
)
"""In the order in which they are shown; evaluation is summed over episodes, the others over adaptations."""

NOTE = (
    "mean of a method's adaptations, without demonstrations; device seconds on a GPU, else processor seconds"
)

AMOUNTS = ("wall_s", "cpu_s", "device_s", "flops", "energy_j")
"""Summed over a method's adaptations; `peak_bytes` is the largest. NaN where nothing was measured."""


def tables(records: Records) -> Iterator[Table]:
    """Seconds by phase for people, and the whole ledger and the training losses as files."""
    costs = ledger(records.episodes, records.adaptations)
    if len(costs):
        yield Table(
            "phases", "Seconds of one adaptation by phase", phases(costs, records.adaptations), (NOTE,)
        )
    yield Table("ledger", "Ledger of costs by phase", costs, printed=False)
    yield Table("losses", "Training losses", curves(records.adaptations), printed=False)


def phases(costs: pd.DataFrame, adaptations: pd.DataFrame) -> pd.DataFrame:
    """One row a method of a ledger, one column a phase: device seconds where a device was used, else
    processor seconds, of one adaptation (mean); `unit` says which."""
    own = costs[costs["phase"] != "evaluation"]
    on_device = own.groupby("method", sort=False)["device_s"].sum() > 0
    used = own["device_s"].where(own["method"].map(on_device), own["cpu_s"])
    count = adaptations.groupby("method")["adapt_id"].count()
    each = own.assign(seconds=used / own["method"].map(count))
    wide = each.pivot(index="method", columns="phase", values="seconds")
    order = [phase for phase in PHASES if phase in wide]
    wide = wide.reindex(index=own["method"].unique(), columns=order)
    wide.columns = pd.Index([f"{phase}_s" for phase in order])
    unit = on_device.map({True: "device", False: "processor"})
    return wide.assign(total_s=wide.sum(axis=1), unit=[unit[name] for name in wide.index]).reset_index()


def ledger(episodes: pd.DataFrame, adaptations: pd.DataFrame) -> pd.DataFrame:
    """One row a method and phase: sums of AMOUNTS, hours on GPU or CPU cores, largest peak memory."""
    rows: list[dict[str, Any]] = []
    for row in adaptations.to_dict("records"):
        phases = row["ledger"] if isinstance(row.get("ledger"), dict) else {}
        rows += [{"method": row["method"], "phase": phase, **cost} for phase, cost in phases.items()]
    if rows and "cpu_s" in episodes:
        for method, part in episodes.groupby("method", sort=False):
            spent = {name: part[name].sum(min_count=1) for name in ("wall_s", "cpu_s")}
            rows.append({"method": method, "phase": "evaluation", **spent})
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows).reindex(columns=["method", "phase", *AMOUNTS, "peak_bytes"])
    frame[[*AMOUNTS, "peak_bytes"]] = frame[[*AMOUNTS, "peak_bytes"]].apply(pd.to_numeric)
    groups = frame.groupby(["method", "phase"], sort=False)
    table = groups[list(AMOUNTS)].sum(min_count=1).join(groups["peak_bytes"].max()).reset_index()
    on_gpu = table["device_s"] > 0
    table["gpu_hours"] = (table["device_s"] / 3600).where(on_gpu)
    table["cpu_core_hours"] = (table["cpu_s"] / 3600).where(~on_gpu)
    table["phase"] = pd.Categorical(table["phase"], PHASES)
    return table.sort_values(["method", "phase"], kind="stable").reset_index(drop=True)


def curves(adaptations: pd.DataFrame) -> pd.DataFrame:
    """Training losses: one row a point with method, adapt_id, step (middle of its group) and loss."""
    parts = []
    for row in adaptations.to_dict("records"):
        losses = row.get("losses")
        if isinstance(losses, list) and losses:
            groups = np.array_split(np.arange(1, int(row["train_steps"]) + 1), len(losses))
            steps = [float(group.mean()) for group in groups]
            part = pd.DataFrame({"step": steps, "loss": losses})
            parts.append(part.assign(method=row["method"], adapt_id=row["adapt_id"]))
    columns = ["method", "adapt_id", "step", "loss"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
