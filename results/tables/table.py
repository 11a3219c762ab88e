"""What every table is, whatever it is about."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Table:
    """A frame of numbers with what has to be said about it."""

    name: str
    """Stem of its files, and its key in a comparison."""
    title: str
    frame: pd.DataFrame
    """Rates from 0 to 1, seconds, hours, bytes; NaN where nothing was measured."""
    notes: tuple[str, ...] = ()
    published: bool = False
    """Whether somebody else measured it."""
    printed: bool = True
    """Whether people read it as it is; otherwise it is a file for other programs."""
