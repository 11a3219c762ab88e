"""Which job a free worker does next. Knows nothing of processes, clocks or files."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from harness.core.keys import CLEAN, AdaptKey, EpisodeKey
from harness.core.rollout import Rollout
from harness.engine.demo_quota import DemoQuota
from harness.engine.jobs import AdaptJob, DemoJob, EpisodeJob, Job, JobResult

ENVS_KEPT = 3
"""Compiled environments that a worker keeps: about 150 MB each."""

Event = tuple[AdaptKey, dict[str, Any]] | tuple[EpisodeKey, Rollout]
"""Something to record."""


def _variation(episode: EpisodeKey) -> tuple[bool, str, int]:
    """Clean episodes first, then one variation and level after the other."""
    return episode.variation != CLEAN, episode.variation, episode.level


class Scheduler:
    """Demonstrations, then adaptation, then episodes, of many tasks at the same time."""

    def __init__(
        self,
        cells: Iterable[tuple[AdaptKey, EpisodeKey]],
        quotas: dict[tuple[int, int], DemoQuota],
        workers: int,
        adaptations: Iterable[AdaptKey] = (),
    ) -> None:
        """`quotas` by (task, study seed); `cells` are the episodes that are not recorded yet.

        `adaptations` are needed even where they have no such episode.
        """
        self.workers = workers
        self.quotas = quotas
        self.waiting: dict[str, AdaptKey] = {key.adapt_id: key for key in adaptations}
        """Adaptations that nobody has begun."""
        self.adapting: set[str] = set()
        self.adapted: set[str] = set()
        self.groups: dict[tuple[AdaptKey, int], deque[EpisodeKey]] = {}
        self.retries: deque[Job] = deque()
        self.running: Counter[type] = Counter()
        self._proven: set[tuple[AdaptKey, int]] = set()
        """Groups of which a worker has survived an episode."""
        self._tasks_in_use: Counter[int] = Counter()
        self._last: dict[int, tuple[AdaptKey, int]] = {}
        self._compiled: dict[int, deque[int]] = {}
        for adapt, episode in cells:
            self.waiting[adapt.adapt_id] = adapt
            self.groups.setdefault((adapt, episode.task_id), deque()).append(episode)
        for group, episodes in self.groups.items():  # what is compiled for a variation serves once
            self.groups[group] = deque(sorted(episodes, key=_variation))

    def already_adapted(self, adapt_id: str) -> None:
        """An earlier run of the same study did this adaptation."""
        if self.waiting.pop(adapt_id, None):
            self.adapted.add(adapt_id)

    @property
    def finished(self) -> bool:
        """Nothing is left and nothing runs."""
        return not (
            self.waiting or self.adapting or self.groups or self.retries or self.demands_open
        ) and not (+self.running)

    @property
    def demands_open(self) -> bool:
        """Demonstrations are still to be made."""
        return any(not quota.broken and quota.chosen() is None for quota in self.quotas.values())

    def next(self, worker: int) -> Job | None:
        """The next job for `worker`, None while everything left waits for something that runs."""
        job = self.retries.popleft() if self.retries else None
        sources = [self._next_adaptation, self._next_demonstrations, lambda: self._next_episode(worker)]
        if self._evaluate_first():
            sources.insert(0, sources.pop())
        for source in sources:
            job = job or source()
        if job:
            self.running[type(job)] += 1
        if isinstance(job, EpisodeJob):
            self._remember(worker, job)
        return job

    def requeue(self, job: Job) -> None:
        """The worker died: the job comes first again."""
        self._stopped(job)
        self.retries.append(job)

    def finish(self, job: Job, result: JobResult) -> list[Event]:
        """Take in what came of a job; returns what to record."""
        self._stopped(job)
        if isinstance(job, EpisodeJob):
            self._proven.add((job.adapt, job.key.task_id))
            rollout = result.value or Rollout("error", 0, result.seconds, error=result.error)
            return [(job.key, rollout)]
        if isinstance(job, AdaptJob):
            self.adapting.discard(job.key.adapt_id)
            if result.error:
                return self._give_up(job.key, result.error)
            self.adapted.add(job.key.adapt_id)
            return [(job.key, result.value)]
        return self._demonstrated(job, result)

    def give_up(self, job: Job, reason: str) -> list[Event]:
        """The job killed its workers again and again; returns what to record.

        Where no worker has survived an episode of the same method and task, the others of this group
        would cost as many workers: they become errors with it.
        """
        if not isinstance(job, EpisodeJob):
            return self.finish(job, JobResult(error=reason))
        group = (job.adapt, job.key.task_id)
        lost = [job.key] if group in self._proven else [job.key, *self.groups.pop(group, ())]
        self._stopped(job)
        return [(episode, Rollout("error", 0, float("nan"), error=reason)) for episode in lost]

    def _demonstrated(self, job: DemoJob, result: JobResult) -> list[Event]:
        for (task_id, _), quota in self.quotas.items():
            if task_id != job.task_id:
                continue
            for attempt in result.value or ():
                quota.add(attempt)
            quota.broken = quota.broken or result.error
            quota.chosen()
        events: list[Event] = []
        for key in list(self.waiting.values()):
            if reason := next((quota.broken for quota in self._quotas(key) if quota.broken), ""):
                del self.waiting[key.adapt_id]
                events += self._give_up(key, f"no demonstrations: {reason}")
        return events

    def _give_up(self, key: AdaptKey, reason: str) -> list[Event]:
        """An adaptation failed: none of its episodes can be run."""
        events: list[Event] = [(key, {"status": "error", "error": reason})]
        for group in [group for group in self.groups if group[0] == key]:
            for episode in self.groups.pop(group):
                events.append((episode, Rollout("error", 0, float("nan"), error=f"not adapted: {reason}")))
        return events

    def _quotas(self, key: AdaptKey) -> list[DemoQuota]:
        return [self.quotas[task_id, key.seed] for task_id in key.tasks] if key.demos else []

    def _evaluate_first(self) -> bool:
        """Results come early, but the last adaptations are not put off: nobody must wait for them alone."""
        busy = self.running[DemoJob] + self.running[AdaptJob]
        left = len(self.waiting) + len(self.adapting)
        return self.workers == 1 or (busy >= self.workers // 2 and left > 2 * self.workers)

    def _next_adaptation(self) -> Job | None:
        for key in self.waiting.values():
            chosen = {quota.task_id: quota.chosen() for quota in self._quotas(key)}
            if None not in chosen.values():
                del self.waiting[key.adapt_id]
                self.adapting.add(key.adapt_id)
                pairs = tuple((task, seed) for task, seeds in chosen.items() for seed in seeds or ())
                return AdaptJob(key, pairs)
        return None

    def _next_demonstrations(self) -> Job | None:
        wanted = sum(quota.wanted for quota in self.quotas.values())
        share = max(4, -(-wanted // (2 * self.workers)))  # few tasks are split between the workers
        for quota in self.quotas.values():
            if seeds := quota.take(share):
                return DemoJob(quota.task_id, seeds)
        return None

    def _next_episode(self, worker: int) -> Job | None:
        """Stay with adaptation and task, else with a compiled task, else go where nobody else is."""
        ready = [group for group in self.groups if group[0].adapt_id in self.adapted]
        if not ready:
            return None
        compiled = self._compiled.get(worker, ())
        group = max(
            ready,
            key=lambda group: (
                group == self._last.get(worker),
                group[1] in compiled,
                -self._tasks_in_use[group[1]],
                len(self.groups[group]),
            ),
        )
        episode = self.groups[group].popleft()
        if not self.groups[group]:
            del self.groups[group]
        return EpisodeJob(episode, group[0])

    def _remember(self, worker: int, job: EpisodeJob) -> None:
        task_id = job.key.task_id
        self._last[worker] = (job.adapt, task_id)
        self._tasks_in_use[task_id] += 1
        compiled = self._compiled.setdefault(worker, deque(maxlen=ENVS_KEPT))
        if task_id in compiled:
            compiled.remove(task_id)
        compiled.append(task_id)

    def _stopped(self, job: Job) -> None:
        self.running[type(job)] -= 1
        if isinstance(job, EpisodeJob):
            self._tasks_in_use[job.key.task_id] -= 1
