"""Who watches a study being executed, and how much there is to watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.engine.jobs import Job, JobResult
from harness.engine.scheduler import Event


@dataclass(frozen=True)
class Amounts:
    """Pieces of work of each kind."""

    demonstrations: int
    adaptations: int
    episodes: int

    def by_kind(self) -> dict[str, int]:
        """In the order in which the work is done."""
        return dict(vars(self))


class Observer(Protocol):
    """Is told what ended; shows it to people (harness.console.progress), or nothing."""

    def finished(self, job: Job, result: JobResult, events: Sequence[Event] = ()) -> None:
        """A job ended and this was recorded for it."""

    def judged(self, method: str, task_id: int, status: str) -> None:
        """An episode of this method and task was recorded."""

    def show(self, note: str = "") -> None:
        """Time to refresh what is shown; `note` is about the work under way."""


class Unobserved:
    """Nobody watches."""

    def finished(self, job: Job, result: JobResult, events: Sequence[Event] = ()) -> None:
        """See `Observer`."""

    def judged(self, method: str, task_id: int, status: str) -> None:
        """See `Observer`."""

    def show(self, note: str = "") -> None:
        """See `Observer`."""
