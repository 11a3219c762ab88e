"""Mean seconds of one piece of each kind of work in a study: what its progress starts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.core.schema import flat
from harness.forecast import estimate
from harness.forecast.speed import Speed
from harness.forecast.speeds import measured
from harness.study.study import Study


@dataclass(frozen=True)
class Costs:
    """Mean seconds on one worker for one piece of work."""

    demonstrations: float = Speed.demonstration
    adaptations: float = 120.0
    episodes: float = 1.8
    source: str = Speed.source

    def of(self, kind: str) -> float:
        """Seconds for one piece of `kind`."""
        return float(getattr(self, kind))


def costs_beside(path: Path, study: Study) -> Costs:
    """Means over the study at the speeds of the runs in the same folder as `path`, and of it itself."""
    return estimate_costs(study, beside(path))


def beside(path: Path) -> list[Path]:
    """Run directories in the same folder as `path`, and it itself."""
    return sorted(path.parent.glob("*/")) if path.parent.exists() else []


def estimate_costs(study: Study, records: Iterable[Path]) -> Costs:
    """Costs of the study's own mixture of methods and variations, at the speeds that `records` show."""
    speed, cells = measured(flat(study), records), list(study.cells())
    adapts = {adapt for adapt, _ in cells}
    parts = estimate.work(estimate.Clock(study, speed), cells, adapts, 0)
    return Costs(
        demonstrations=speed.demonstration,
        adaptations=parts["adaptations"] / max(1, sum(key.steps > 0 for key in adapts)),
        episodes=(parts["episodes"] + parts[estimate.COMPILING]) / len(cells),
        source=speed.source,
    )
