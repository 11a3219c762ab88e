"""Speed of the k-NN scorer: `python -m baselines.bench_knn`.

Scores the heads of a policy of pi0's size and, side by side, some of the same heads by scikit-learn's own
regressor, one head, one number of neighbours and one fold after the other. Both must rank those heads alike.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from harness.core.command_line import command, parse
from harness.core.formats import whole
from harness.core.schema import setting


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    layers: int = setting("of 8 heads each", 18, format=whole(1, 1000))
    frames: int = setting("keyframes", 4000, format=whole(1, 10**6))
    episodes: int = setting("that they are from", 20, format=whole(2, 10**6))
    width: int = setting("numbers in an activation", 256, format=whole(1, 10**4))
    loop_heads: int = setting("heads for scikit-learn", 3, format=whole(1, 8000))
    threads: int = setting("of torch", 2, format=whole(1, 1024))


@command
def main(argv: Sequence[str] | None) -> int:
    """Measure and print; exit status 1 where the two disagree."""
    options = parse(Options(), argv, prog="baselines.bench_knn", description=__doc__)
    from baselines.perf import knn_speed  # torch takes seconds

    return 0 if knn_speed.measure(**asdict(options)) else 1


if __name__ == "__main__":
    sys.exit(main())
