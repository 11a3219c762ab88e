"""What a worker can be asked to do, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.core.keys import AdaptKey, EpisodeKey


@dataclass(frozen=True)
class DemoJob:
    """Try to demonstrate a task from each of these seeds."""

    task_id: int
    seeds: tuple[int, ...]

    @property
    def label(self) -> str:
        """Short name for progress lines."""
        return f"demonstrations of task {self.task_id}"


@dataclass(frozen=True)
class AdaptJob:
    """Adapt the policy from demonstrations, given as (task, seed)."""

    key: AdaptKey
    demos: tuple[tuple[int, int], ...]

    @property
    def label(self) -> str:
        """Short name for progress lines."""
        return f"adaptation {self.key.adapt_id}"


@dataclass(frozen=True)
class EpisodeJob:
    """Roll one episode out; `videos` maps a status to the file in which to film an episode ending so."""

    key: EpisodeKey
    adapt: AdaptKey
    videos: dict[str, str] = field(default_factory=dict, hash=False, compare=False)

    @property
    def label(self) -> str:
        """Short name for progress lines."""
        return f"episode {self.key.episode_id}"


class ServerLostError(Exception):
    """The policy server died while it answered: the episode is to be run again, it is no error of its own."""


Job = DemoJob | AdaptJob | EpisodeJob


@dataclass(frozen=True)
class JobResult:
    """What came of a job. Exactly one of `value` (see the job's kind), `error`, `refusal` and `lost` is set.

    `value` is a tuple of Attempt, a dict of the adaptation's record, or a Rollout. `error` is what was
    raised, in one line; `refusal` the text of a UserError, which ends the study; `lost` says what died
    while it did the job, the worker or the policy server: not the job's fault, so that it is done again.
    """

    value: Any = None
    error: str = ""
    refusal: str = ""
    lost: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    """What was found damaged and made again on the way."""
