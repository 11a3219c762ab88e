"""Demonstrations as a dataset of another project holds them, in this project's conventions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import UserError


@dataclass(frozen=True)
class Episode:
    """One demonstration: row t is what was seen before `actions[t]`, images as suites give them (upright)."""

    images: Mapping[str, NDArray[np.uint8]]  # camera -> [frames, height, width, 3]
    state: NDArray[np.float32]  # [frames, state size]
    actions: NDArray[np.float32]  # [frames, action size]
    sim_states: NDArray[np.float64]  # [frames, 1 + nq + nv]; no columns where they are not kept


@dataclass(frozen=True)
class Entry:
    """What is known of an episode before it is read."""

    where: str
    """Place in the dataset, for messages."""
    instruction: str
    task_name: str = ""
    """Of the suite's task, where the dataset says it."""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """An open dataset. Its keys are checked already."""

    rate_hz: float | None
    """Rows a second, as the dataset says; None where it does not."""
    entries: tuple[Entry, ...]
    load: Callable[[int], Episode]
    """Index of an entry -> episode. Raises UserError where it is damaged."""


def damaged(where: object, why: object) -> UserError:
    """What to say of a dataset that does not hold what its format says."""
    text = " ".join(str(why).split())[:200]
    return UserError(f"{str(where)!r} is damaged or incomplete ({text}); copy or download it again")


def lacking(where: object, wanted: str, known: Mapping[str, object] | list[str]) -> UserError:
    """What to say where a key is missing: those that are there, too."""
    names = ", ".join(sorted(known)) or "nothing"
    return UserError(
        f"{str(where)!r} has no {wanted}; it has {names}; convert it, or give another --demos-from"
    )
