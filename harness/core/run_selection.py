"""What every command that reads finished runs takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core.formats import CONTRASTS, DEFAULT_CONTRASTS, path, rate
from harness.core.schema import setting


@dataclass(frozen=True)
class RunSelection:
    """Which runs are read, and how their episodes are compared."""

    runs: tuple[Path, ...] = setting(
        "run directories of harness.run", (), format=path("RUN"), positional=True, required=True
    )
    contrast: tuple[tuple[str, str], ...] = setting(
        "planned contrasts as first:second,first:second", (), format=CONTRASTS, default_text=DEFAULT_CONTRASTS
    )
    margin: float | None = setting(
        "rate by which the first of a contrast may be worse and still be good enough", None, format=rate()
    )
    target: float | None = setting("also what reaching this success costs", None, format=rate())
    no_published: bool = setting("leave out the results of others", False)
    allow_mixed: bool = setting("compare episodes that did not run on the same thing", False)
