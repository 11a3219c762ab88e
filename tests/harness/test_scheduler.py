"""Every job once, in an order that respects what depends on what, for any pool and any pace."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.rollout import Rollout
from harness.engine.demo_quota import DemoQuota
from harness.engine.jobs import AdaptJob, DemoJob, EpisodeJob, Job, JobResult
from harness.engine.scheduler import Event, Scheduler
from harness.records.demo_store import Attempt


def study(tasks: int, methods: int, episodes: int, demos: int) -> Scheduler:
    cells, quotas = [], {}
    for task in range(tasks):
        quotas[task, 0] = DemoQuota(task, 0, demos)
        for method in range(methods):
            adapt = AdaptKey("p", f"m{method}", "s", (task,), demos if method else 0, method, 0)
            cells += [(adapt, EpisodeKey(adapt.adapt_id, "s", task, init, 0)) for init in range(episodes)]
    return Scheduler(cells, quotas, workers=2)


def outcome_of(job: Job, bad: set[str]) -> JobResult:
    if job.label in bad:
        return JobResult(error="it broke")
    if isinstance(job, DemoJob):
        return JobResult(value=tuple(Attempt(seed, True, 5, 1.0) for seed in job.seeds))
    return JobResult(value={"status": "done"} if isinstance(job, AdaptJob) else Rollout("success", 1, 1.0))


def play(
    scheduler: Scheduler, workers: int, rng: random.Random, bad: set[str]
) -> tuple[list[Job], list[Event]]:
    scheduler.workers = workers
    running: dict[int, Job] = {}
    jobs: list[Job] = []
    events: list[Event] = []
    while not scheduler.finished:
        for worker in range(workers):
            if worker not in running and (job := scheduler.next(worker)):
                running[worker] = job
        assert running, "everything waits for something that does not run"
        worker = rng.choice(list(running))
        job = running.pop(worker)
        if rng.random() < 0.1:
            scheduler.requeue(job)
            continue
        jobs.append(job)
        events += scheduler.finish(job, outcome_of(job, bad))
    return jobs, events


sizes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.integers(1, 6))


@settings(max_examples=60)
@given(sizes, st.integers(1, 5), st.integers(0, 999))
def test_everything_is_done_once_and_after_what_it_needs(
    size: tuple[int, int, int, int], workers: int, seed: int
) -> None:
    tasks, methods, episodes, demos = size
    jobs, events = play(study(*size), workers, random.Random(seed), set())
    assert max(Counter(job.label for job in jobs if not isinstance(job, DemoJob)).values()) == 1
    assert len([job for job in jobs if isinstance(job, EpisodeJob)]) == tasks * methods * episodes
    assert len(events) == tasks * methods * (episodes + 1)
    made: Counter[int] = Counter()
    adapted: set[AdaptKey] = set()
    for job in jobs:
        if isinstance(job, DemoJob):
            made[job.task_id] += len(job.seeds)
        elif isinstance(job, AdaptJob):
            assert len(job.demos) == job.key.demos
            assert not job.key.demos or made[job.key.tasks[0]] == demos
            adapted.add(job.key)
        else:
            assert job.adapt in adapted


@settings(max_examples=40)
@given(sizes, st.integers(1, 3), st.integers(0, 999))
def test_what_cannot_be_run_is_recorded_as_an_error(
    size: tuple[int, int, int, int], workers: int, seed: int
) -> None:
    tasks, methods, episodes, _ = size
    broken = AdaptKey("p", "m0", "s", (0,), 0, 0, 0)
    bad = {AdaptJob(broken, ()).label, DemoJob(tasks - 1, ()).label}
    _, events = play(study(*size), workers, random.Random(seed), bad)
    recorded = Counter(key for key, _ in events)
    assert len(recorded) == tasks * methods * (episodes + 1)
    assert set(recorded.values()) == {1}
    for key, value in events:
        if isinstance(key, EpisodeKey) and isinstance(value, Rollout):
            lost = key.adapt_id == broken.adapt_id or (
                key.task_id == tasks - 1 and ".m0." not in key.adapt_id
            )
            assert value.status == ("error" if lost else "success")
            assert ("it broke" in value.error) == lost


def test_a_worker_stays_with_its_compiled_task() -> None:
    scheduler = study(tasks=2, methods=3, episodes=4, demos=1)
    jobs, _ = play(scheduler, 1, random.Random(0), set())
    tasks = [job.key.task_id for job in jobs if isinstance(job, EpisodeJob)]
    changes = sum(a != b for a, b in pairwise(tasks))
    assert changes <= 3


def test_workers_spread_over_tasks() -> None:
    scheduler = study(tasks=3, methods=1, episodes=4, demos=1)
    for key in list(scheduler.waiting):
        scheduler.already_adapted(key)
    scheduler.quotas.clear()
    jobs = [scheduler.next(worker) for worker in range(3)]
    assert {job.key.task_id for job in jobs if isinstance(job, EpisodeJob)} == {0, 1, 2}
