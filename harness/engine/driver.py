"""Runs a study: hands jobs to the workers and records what comes back."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.errors import DamagedFileError
from harness.core.keys import CLEAN, AdaptKey, EpisodeKey
from harness.core.rollout import Rollout
from harness.engine.demo_quota import quotas
from harness.engine.dispatch import Workers, work
from harness.engine.jobs import AdaptJob, EpisodeJob, Job
from harness.engine.observer import Amounts, Observer
from harness.engine.scheduler import Event, Scheduler
from harness.records.demo_store import DemoStore
from harness.records.rows import adaptation_row, episode_row
from harness.records.run_directory import RunDirectory
from harness.study.study import Study


class Driver:
    """One study in one run directory."""

    def __init__(
        self,
        study: Study,
        run: RunDirectory,
        store: DemoStore,
        workers: int,
        *,
        retry_errors: bool = False,
        needed: Collection[AdaptKey] = (),
    ) -> None:
        """Find out what is left to do; nothing is computed. With `retry_errors` errors are to do, too.

        `needed` are adaptations that something else will use. Raises DamagedFileError for an adapter that
        another study has to make again.
        """
        self.study, self.run, self.store = study, run, store
        self.tasks = study.tasks()
        self.from_outside = bool(store.origin)
        self.judged: list[tuple[str, int, str]] = []
        """Method, task and status of every episode that is recorded, earlier sessions included."""
        self.notes: list[str] = []
        """What was found damaged and is made again."""
        cells = []
        for adapt, episode in study.cells():
            status = run.recorded.get(episode.episode_id)
            if status is None or (status == "error" and retry_errors):
                cells.append((adapt, episode))
            else:
                self.judged.append((adapt.method, episode.task_id, status))
        keys = {adapt for adapt, _ in cells} | set(needed)
        self.methods = {key.adapt_id: key.method for key in keys}
        ready = self._ready(keys)
        self.quotas = quotas(keys - ready, store)
        self.scheduler = Scheduler(cells, self.quotas, workers, sorted(needed, key=str))
        for key in ready:
            self.scheduler.already_adapted(key.adapt_id)
        self.left = Amounts(
            sum(quota.wanted - quota.made for quota in self.quotas.values()),
            len(keys - ready),
            len(cells),
        )

    @property
    def errors(self) -> int:
        """Episodes that ended in an error."""
        return sum(status == "error" for _, _, status in self.judged)

    def drive(self, pool: Workers, observer: Observer) -> None:
        """Work until nothing is left. Raises UserError where a worker refuses its input."""
        self._observer = observer
        work(
            self.scheduler,
            pool,
            observer,
            record=self._record,
            prepare=self._with_videos,
            note=self._training,
        )

    def _record(self, event: Event) -> None:
        key, value = event
        if isinstance(key, EpisodeKey):
            assert isinstance(value, Rollout)
            self.run.episodes.append(self._episode_row(key, value))
            self.judged.append((self.methods[key.adapt_id], key.task_id, value.status))
            self._observer.judged(*self.judged[-1])
        else:
            assert isinstance(value, dict)
            self.run.adaptations.append(self._adaptation_row(key, value))

    def _episode_row(self, key: EpisodeKey, rollout: Rollout) -> dict[str, Any]:
        method, task = self.methods[key.adapt_id], self.tasks[key.task_id]
        return episode_row(key, method, task, self.study, rollout)

    def _adaptation_row(self, key: AdaptKey, record: dict[str, Any]) -> dict[str, Any]:
        quotas = [self.quotas[task, key.seed] for task in key.tasks if (task, key.seed) in self.quotas]
        seconds = sum(quota.seconds for quota in quotas) if key.demos else 0.0
        if self.from_outside and key.demos:
            seconds = math.nan  # what they took is not known
        return adaptation_row(key, self.study, seconds, record)

    def _with_videos(self, job: Job) -> Job:
        """Have the first clean episode of each task and method that ends either way filmed, and of each
        variation and method the first."""
        if not isinstance(job, EpisodeJob) or job.key.suite != job.adapt.suite:
            return job
        key, method = job.key, job.adapt.method
        paths = {
            status: self.run.paths.varied_video(method, key.condition)
            if key.variation != CLEAN
            else self.run.paths.video(method, key.task_id, status)
            for status in ("success", "failure")
        }
        wanted = {status: str(path) for status, path in paths.items() if not path.exists()}
        return EpisodeJob(job.key, job.adapt, wanted)

    def _ready(self, keys: Collection[AdaptKey]) -> set[AdaptKey]:
        """Those that are adapted, their adapters sound."""
        done = {key for key in keys if self.run.adapted.get(key.adapt_id) == "done"}
        recorded = self.run.adapters()
        for key in sorted((key for key in done if key.steps), key=str):
            try:
                self._check_adapter(key.adapt_id, recorded.get(key.adapt_id))
            except DamagedFileError as error:
                if key.suite != self.study.simulation.suite:
                    raise  # its demonstrations are those of another study, which finds it as we do
                done.discard(key)
                self.notes.append(f"{error.reason}; it is adapted again")
        return done

    def _check_adapter(self, adapt_id: str, recorded: object) -> None:
        path, policy = self.run.paths.adapter(adapt_id), self.study.policy.sha256
        if registry.policy_side().check_adapter(path, policy) != recorded:
            raise DamagedFileError(f"adapter {str(path)!r} is not the one that was recorded")

    def _training(self, running: list[Job]) -> str:
        """How far the adaptation that began first has come, from its log."""
        for job in running:
            if isinstance(job, AdaptJob) and (line := last_line(self.run.paths.log(job.key.adapt_id))):
                where = f"task {job.key.tasks[0]}" if len(job.key.tasks) == 1 else "all tasks"
                step = f"step {line['step']}/{line['steps']}, loss {line['loss']:.3f}"
                return f"{job.key.method} on {where}: {step}"
        return ""


def last_line(path: Path) -> dict[str, Any]:
    """The last whole line of a training log; empty where there is none."""
    try:
        lines = path.read_text().split("\n")[:-1]
        return dict(json.loads(lines[-1])) if lines else {}
    except (OSError, ValueError):
        return {}
