"""Published results of others, with their source: shown beside ours, never compared with them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent

HEADING = "Published by others, NOT measured here"

SUITES = {"libero_spatial": "spatial", "libero_object": "object", "libero_goal": "goal", "libero_10": "long"}
"""Suite -> its column in libero.csv."""

TITLES = {
    "libero": "LIBERO, success in %",
    "libero_plus": "LIBERO-Plus by dimension, success in %",
    "robotic_steering": "LoRA against Robotic Steering on a Franka arm, 20 demonstrations",
}


def tables(suites: Collection[str], methods: Collection[str], varied: bool) -> dict[str, pd.DataFrame]:
    """The files that have something to do with these suites and methods, as they were published."""
    found: dict[str, pd.DataFrame] = {}
    columns = [SUITES[suite] for suite in SUITES if suite in suites]
    if columns:
        found["libero"] = read("libero")[["policy", *columns, "source"]]
    if varied or any(suite.startswith("libero_plus_") for suite in suites):
        found["libero_plus"] = read("libero_plus")
    if any(method.startswith("steer") for method in methods):
        found["robotic_steering"] = read("robotic_steering")
    return found


def read(name: str) -> pd.DataFrame:
    """One file of results/reference."""
    return pd.read_csv(FOLDER / f"{name}.csv")
