"""Which candidate seeds to demonstrate so that a task has enough demonstrations, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.keys import AdaptKey
from harness.records.demo_store import SEEDS_APART, Attempt, DemoStore


class DemoQuota:
    """The first `wanted` successes among a study seed's candidates, in the order of the candidates.

    Which ones these are depends neither on the number of workers nor on which attempt ends first.
    """

    def __init__(self, task_id: int, seed: int, wanted: int) -> None:
        self.task_id = task_id
        self.wanted = wanted
        self.broken = ""
        """Why no more attempts are made; empty while there is hope."""
        first = seed * SEEDS_APART
        self._candidates = range(first, first + min(3 * wanted + 10, SEEDS_APART))
        self._known: dict[int, Attempt] = {}
        self._running: set[int] = set()

    def add(self, attempt: Attempt) -> None:
        """Take note of an attempt, whoever made it."""
        if attempt.seed in self._candidates:
            self._known[attempt.seed] = attempt
            self._running.discard(attempt.seed)

    def take(self, most: int) -> tuple[int, ...]:
        """Up to `most` seeds to attempt now, as if all of them and all that run were to succeed."""
        found, missing = 0, []
        for seed in self._candidates:
            if found == self.wanted or self.broken:
                break
            known = self._known.get(seed)
            found += known is None or known.success
            if known is None and seed not in self._running:
                missing.append(seed)
        self._running.update(missing[:most])
        return tuple(missing[:most])

    @property
    def made(self) -> int:
        """Useful demonstrations so far, at most `wanted`."""
        return min(self.wanted, sum(attempt.success for attempt in self._known.values()))

    @property
    def seconds(self) -> float:
        """Time that went into the attempts up to the last one needed, failed ones included."""
        chosen = self.chosen()
        last = chosen[-1] if chosen else self._candidates.stop
        return sum(attempt.seconds for attempt in self._known.values() if attempt.seed <= last)

    def chosen(self) -> tuple[int, ...] | None:
        """The seeds to train on, or None while an earlier candidate is undecided."""
        seeds: list[int] = []
        for seed in self._candidates:
            known = self._known.get(seed)
            if known is None:
                return None
            if known.success:
                seeds.append(seed)
            if len(seeds) == self.wanted:
                return tuple(seeds)
        self.broken = (
            f"the expert demonstrated task {self.task_id} only {len(seeds)} times "
            f"in {len(self._candidates)} attempts, {self.wanted} are needed"
        )
        return None


def quotas(keys: Iterable[AdaptKey], store: DemoStore) -> dict[tuple[int, int], DemoQuota]:
    """By (task, study seed) what the adaptations need, with what is in the store already."""
    found = {}
    for key in sorted(keys, key=lambda key: (key.seed, key.tasks)):
        for task_id in key.tasks if key.demos else ():
            found[task_id, key.seed] = DemoQuota(task_id, key.seed, key.demos)
    for (task_id, _), quota in found.items():
        for attempt in store.attempts(task_id):
            quota.add(attempt)
    return found
