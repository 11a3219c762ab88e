"""What designs of a study detect, beside the time that they take: `python -m harness.design`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.command_line import command, parse
from harness.core.formats import number, whole, whole_numbers
from harness.core.schema import setting


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    tasks: int = setting("tasks of the study", 10, format=whole(1, 1000))
    seeds: tuple[int, ...] = setting("numbers of seeds", (1, 2, 3, 5), format=whole_numbers(1, 50))
    episodes: tuple[int, ...] = setting(
        "numbers of episodes of an adaptation", (5, 10, 20, 50), format=whole_numbers(1, 1000)
    )
    adaptation_s: float = setting("seconds of one adaptation", 100.0, format=number(least=0, most=1e7))
    episode_s: float = setting("seconds of one episode", 2.5, format=number(least=0, most=1e7))
    spread: float = setting("spread over adaptations, logits", 0.5, format=number(least=0, most=5))
    rate: float = setting("mean success", 0.6, format=number(least=0.01, most=0.99))


@command
def main(argv: Sequence[str] | None) -> int:
    """Print the table; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.design",
        description="The difference between two methods that a number of seeds and episodes can detect, and "
        "how long it takes.",
    )
    from results.render import text
    from results.stats.logit_normal import Spread
    from results.tables import planning

    table = planning.designs(
        options.tasks,
        options.seeds,
        options.episodes,
        options.adaptation_s,
        options.episode_s,
        Spread(rate=options.rate, adaptation=options.spread),
    )
    print(text.terminal([table], colour=sys.stdout.isatty()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
