"""Beside the tables of success: cost by phase, loss curves, and what was forgotten. CSV, text and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.core.run_paths import RunPaths
from results.records import retention
from results.records.loading import load, settings

PHASES = (
    *("load", "activations", "selection", "stability", "compile", "sweep", "training", "checkpoint"),
    "evaluation",
)
"""In the order in which they are shown; evaluation is summed over episodes, the others over adaptations."""

AMOUNTS = ("wall_s", "cpu_s", "device_s", "flops", "energy_j")
"""Summed over a method's adaptations; `peak_bytes` is the largest. NaN where nothing was measured."""


def write(path: Path) -> str:
    """Save the accounts of a run directory; returns the text to print, empty where nothing is known."""
    episodes, adaptations = load(path)
    shown = []
    costs = ledger(episodes, adaptations)
    if not costs.empty:
        costs.to_csv(path / "ledger.csv", index=False)
        seconds = costs.pivot(index="method", columns="phase", values="wall_s")
        order = [phase for phase in PHASES if phase in seconds]
        seconds = seconds.reindex(index=costs["method"].unique(), columns=order)
        shown.append(f"Seconds by phase\n{seconds.to_string(float_format='%.1f', na_rep='')}")
    losses = curves(adaptations)
    if not losses.empty:
        losses.to_csv(path / "losses.csv", index=False)
        draw(losses, path / "losses.png")
    remembered = kept(path)
    if not remembered.empty:
        remembered.to_csv(path / "retention.csv", index=False)
        text = remembered.to_string(index=False, float_format="%.3f")
        shown.append(f"Success on tasks of the pretraining (frozen: before adaptation)\n{text}")
    return "\n\n".join(shown)


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
            groups = np.array_split(np.arange(1, int(row["steps"]) + 1), len(losses))
            steps = [float(group.mean()) for group in groups]
            part = pd.DataFrame({"step": steps, "loss": losses})
            parts.append(part.assign(method=row["method"], adapt_id=row["adapt_id"]))
    columns = ["method", "adapt_id", "step", "loss"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def draw(losses: pd.DataFrame, path: Path) -> None:
    """All methods in one plot: the mean over a method's adaptations, the range of them shaded."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    # More colours than the default cycle has: a run may have a dozen methods.
    axes.set_prop_cycle(color=[matplotlib.colormaps["tab20"](place) for place in range(20)])
    for method, part in losses.groupby("method", sort=False):
        groups = part.groupby("step")["loss"]
        mean = groups.mean()
        axes.plot(mean.index, mean, label=method, linewidth=1.4)
        axes.fill_between(mean.index, groups.min(), groups.max(), alpha=0.12, linewidth=0)
    axes.set(xlabel="finetuning step", ylabel="training loss (flow matching)", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, ncols=2)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def kept(path: Path) -> pd.DataFrame:
    """One row a method: success on pretraining tasks with its interval; errors left out, counted."""
    order = settings(path).get("methods", [])
    table = retention.rates(retention.load(path)) if RunPaths(path).retention.exists() else pd.DataFrame()
    return table.sort_values("method", key=lambda names: names.map(_rank(order))) if len(table) else table


def _rank(order: list[str]) -> Any:
    return lambda name: (order.index(name) if name in order else len(order), name)
