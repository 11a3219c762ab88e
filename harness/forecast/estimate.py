"""How long a study will take: the real scheduler hands out its jobs, on a clock that is only counted."""

from __future__ import annotations

import heapq
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from harness.core import registry
from harness.core.keys import CLEAN, AdaptKey, EpisodeKey
from harness.core.protocols import REBUILT_KEPT
from harness.core.rollout import Rollout
from harness.core.settings import UNTRAINED
from harness.engine.demo_quota import DemoQuota
from harness.engine.jobs import AdaptJob, DemoJob, Job, JobResult
from harness.engine.scheduler import ENVS_KEPT, Scheduler
from harness.forecast.speed import Speed, setting
from harness.records.demo_store import Attempt
from harness.study.study import Study

Cells = Sequence[tuple[AdaptKey, EpisodeKey]]

COMPILING, RETENTION = "compiling for variations", "tasks of the pretraining"

START_S = 8.0
"""Until all workers work, and from the last episode to the tables."""

SIMULATED = 20_000
"""Episodes above which work is only divided by the workers: every one of them is busy to the end then."""


SWEPT = 3
"""Learning rates that a sweep tries (baselines.training.lr_sweep)."""

LENGTHS = {"untrained": 1.0, "clean": 0.65, "varied": 0.85}
"""Share of the step budget that an episode takes where no record says: without adaptation none succeeds,
with it most do after half of the budget, in a varied scene fewer."""


@dataclass(frozen=True)
class Forecast:
    """What is expected of a study."""

    seconds: float
    """From the command to the tables."""
    work: Mapping[str, float]
    """Seconds of one worker by kind of work."""


def forecast(
    study: Study,
    cells: Cells,
    quotas: Mapping[tuple[int, int], DemoQuota],
    adapted: Iterable[str],
    speed: Speed,
    workers: int,
) -> Forecast:
    """Of the `cells` that are left; `quotas` and `adapted` (ids) say what is there already.

    Uses `quotas` up.
    """
    if not cells:
        return Forecast(0.0, {})
    ready = set(adapted)
    left = {adapt for adapt, _ in cells if adapt.adapt_id not in ready}
    missing = sum(quota.wanted - quota.made for quota in quotas.values())
    clock = Clock(study, speed)
    parts = work(clock, cells, left, missing)
    if len(cells) > SIMULATED:
        wall = (sum(parts.values()) - parts[RETENTION]) / workers
    else:
        scheduler = Scheduler(cells, dict(quotas), workers)
        for adapt_id in ready:
            scheduler.already_adapted(adapt_id)
        wall = _simulated(scheduler, clock, workers)
    return Forecast(START_S + wall + parts[RETENTION] / workers, parts)


def work(clock: Clock, cells: Cells, adapts: Collection[AdaptKey], missing: int) -> dict[str, float]:
    """Seconds of one worker by kind of work, if each adaptation compiles its tasks' models once.

    `adapts` are still to be adapted, of demonstrations `missing` more are needed.
    """
    rebuilds = {(adapt, key.task_id, model) for adapt, key in cells if (model := clock.model(key))}
    scenes, speed = clock.study.scenes, clock.speed
    tested = len({adapt for adapt, _ in cells if adapt.method != UNTRAINED}) + len(scenes.seeds)
    return {
        "demonstrations": speed.demonstration * missing,
        "adaptations": sum(clock.adaptation(key) for key in adapts if key.steps),
        "episodes": sum(clock.episode(adapt.method, key) for adapt, key in cells),
        COMPILING: speed.rebuild * len(rebuilds),
        RETENTION: clock.retained() * scenes.retention_episodes * tested,
    }


def _simulated(scheduler: Scheduler, clock: Clock, workers: int) -> float:
    """Seconds until the scheduler has nothing left."""
    idle, busy, order, now = set(range(workers)), list[tuple[float, int, int, Job]](), count(), 0.0
    while not scheduler.finished:
        for worker in sorted(idle):
            if job := scheduler.next(worker):
                idle.discard(worker)
                heapq.heappush(busy, (now + clock.seconds(job, worker), next(order), worker, job))
        now, _, worker, job = heapq.heappop(busy)
        idle.add(worker)
        scheduler.finish(job, _done(job))
    return now


class Clock:
    """What jobs take, on workers that remember what they have compiled."""

    def __init__(self, study: Study, speed: Speed) -> None:
        self.study, self.speed, self.tasks = study, speed, study.tasks()
        self._models: dict[tuple[str, int, int, int], str] = {}
        self._compiled: dict[int, OrderedDict[int, list[str]]] = defaultdict(OrderedDict)

    def seconds(self, job: Job, worker: int) -> float:
        """Of one job."""
        if isinstance(job, DemoJob):
            return self.speed.demonstration * len(job.seeds)
        if isinstance(job, AdaptJob):
            return self.adaptation(job.key) if job.key.steps else 0.0
        own = self.episode(job.adapt.method, job.key)
        return own + self.speed.rebuild * self._is_new(job.key, worker)

    def adaptation(self, key: AdaptKey) -> float:
        """Of one adaptation; a sweep trains with each of its learning rates first."""
        speed, trainings = self.speed, 1 + SWEPT if self.study.adaptation.lr_sweep else 1
        return speed.load + trainings * key.steps * speed.steps.get(key.method, speed.step)

    def episode(self, method: str, key: EpisodeKey) -> float:
        """Of one episode in a compiled model; a varied one lies between a clean one and one that fails,
        where no record says."""
        known, longest = self.speed.episodes, self.study.simulation.max_steps * self.speed.control
        if (method, setting(key)) in known:
            return known[method, setting(key)]
        if (clean := known.get((method, CLEAN))) is not None:
            return (clean + longest) / 2
        kind = "untrained" if method == UNTRAINED else "clean" if key.variation == CLEAN else "varied"
        return LENGTHS[kind] * longest

    def retained(self) -> float:
        """Of one episode on a task of the pretraining."""
        return LENGTHS["clean"] * self.study.simulation.max_steps * self.speed.control

    def model(self, key: EpisodeKey) -> str:
        """Names what is compiled for an episode; empty where the task's own model is."""
        scene = key.variation, key.level, key.task_id, key.seed
        if scene not in self._models:
            self._models[scene] = self._model(key)
        return self._models[scene]

    def _model(self, key: EpisodeKey) -> str:
        fields: dict[str, Any] = {}
        for name, level in key.parts:
            if level:
                found = registry.find("variation", name)
                fields |= found.rebuild(level, self.tasks[key.task_id], key.seed)
        return repr(sorted(fields.items())) if fields else ""

    def _is_new(self, key: EpisodeKey, worker: int) -> bool:
        """Whether the worker must compile; what was not used for longest makes room."""
        tasks = self._compiled[worker]
        models = tasks.pop(key.task_id, [])
        tasks[key.task_id] = models
        if len(tasks) > ENVS_KEPT:
            tasks.popitem(last=False)
        model = self.model(key)
        is_new = bool(model) and model not in models
        if model:
            models[:] = [*(other for other in models if other != model), model][-REBUILT_KEPT:]
        return is_new


def _done(job: Job) -> JobResult:
    if isinstance(job, DemoJob):
        return JobResult(value=tuple(Attempt(seed, True, 1, 0.0) for seed in job.seeds))
    return JobResult(value={} if isinstance(job, AdaptJob) else Rollout("success", 1, 0.0))
