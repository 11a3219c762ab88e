"""What a worker process does with a job. Plain Python: the cluster wraps it as an actor."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.errors import DamagedFileError, UserError
from harness.core.files import disk_full, sync
from harness.core.keys import AdaptKey
from harness.core.meter import Meter
from harness.core.protocols import Env, Policy, Suite
from harness.core.rollout import Rollout, VariationFacts
from harness.core.run_paths import RunPaths
from harness.core.specs import Observation
from harness.engine.jobs import AdaptJob, DemoJob, EpisodeJob, Job, JobResult, ServerLostError
from harness.engine.policies import adapter_of, hardware_of, recent, restore
from harness.engine.rollout import describe, run_episode
from harness.engine.scheduler import ENVS_KEPT
from harness.engine.watchdog import Watchdog
from harness.records.demo_store import Attempt, DemoStore, demos_digest
from harness.study.study import Study

POLICIES_KEPT = 2
LOG_EVERY_S = 1.0


class Worker:
    """Does jobs one after the other and keeps compiled environments and adapted policies between them."""

    def __init__(
        self,
        study: Study,
        run: Path,
        store: DemoStore,
        policies: Callable[[AdaptKey], Policy] | None = None,
        watchdog: Callable[[], Watchdog] | None = None,
    ) -> None:
        """`run` is the run directory; `policies(adapt_key)` gives a policy that lives elsewhere.

        `watchdog` is made in the worker's own process, which it ends when a job makes no progress.
        """
        self.study, self.run, self.store = study, run, store
        self._envs: OrderedDict[int, Env] = OrderedDict()
        self._policies: OrderedDict[str, Policy] = OrderedDict()
        self._remote = policies
        self._notes: list[str] = []
        self._watchdog = watchdog() if watchdog else None

    def work(self, job: Job) -> JobResult:
        """Do one job. Never raises: what went wrong is in the result."""
        start = time.perf_counter()
        self._alive()
        self._notes.clear()
        try:
            given = self._value(job)
        except UserError as error:
            given = {"refusal": str(error)}
        except ServerLostError as error:
            given = {"lost": str(error)}
        except Exception as error:
            given = {"refusal": full(error)} if disk_full(error) else {"error": describe(error)}
        finally:
            if self._watchdog:
                self._watchdog.rest()
        return JobResult(seconds=time.perf_counter() - start, notes=tuple(self._notes), **given)

    @property
    def _suite(self) -> Suite:
        suite: Suite = registry.find("suite", self.study.simulation.suite)
        return suite

    def _value(self, job: Job) -> dict[str, Any]:
        if isinstance(job, DemoJob):
            return {"value": self._demonstrate(job)}
        return {"value": self._adapt(job) if isinstance(job, AdaptJob) else self._episode(job)}

    def _alive(self) -> None:
        if self._watchdog:
            self._watchdog.alive()

    def pid(self) -> int:
        """Process id; answers as soon as the process is up."""
        return os.getpid()

    def _demonstrate(self, job: DemoJob) -> tuple[Attempt, ...]:
        if self.store.origin:
            raise UserError(
                f"a demonstration of task {job.task_id} from {self.store.origin} is missing; give the same "
                "command again, which converts it"
            )
        known = {attempt.seed: attempt for attempt in self.store.attempts(job.task_id)}
        clock = time.perf_counter()
        for seed, demonstration in self._suite.demonstrate(
            job.task_id,
            (seed for seed in job.seeds if seed not in known),
            assets=self.study.simulation.assets,
            image_size=self.study.simulation.image_size,
            render=self.study.simulation.render,
            image_every=self.store.image_every,
        ):
            seconds, clock = time.perf_counter() - clock, time.perf_counter()
            self._alive()
            frames = len(demonstration) if demonstration else 0
            made = Attempt(seed, demonstration is not None, frames, seconds)
            known[seed] = self.store.save(job.task_id, made, demonstration)
        return tuple(known[seed] for seed in job.seeds)

    def _adapt(self, job: AdaptJob) -> dict[str, Any]:
        key, run = job.key, self.run
        self._mend(job.demos)
        start, meter = time.perf_counter(), Meter()
        with meter.phase("load"):
            demos = [self.store.load(task_id, seed) for task_id, seed in job.demos]
            policy_side = registry.policy_side()
        paths = RunPaths(run)
        adapter, heads = paths.adapter(key.adapt_id), paths.heads(key.adapt_id)
        vouched = demos_digest(self.store, job.demos)
        record = policy_side.adapt(
            self.study.policy.spec,
            key.method,
            demos,
            self.study.adaptation,
            seed=key.seed,
            adapt_id=key.adapt_id,
            adapter_path=adapter,
            heads_path=heads,
            meter=meter,
            progress=loss_log(paths.log(key.adapt_id), self._alive),
        )
        for file in (adapter, heads):
            if file.exists():
                sync(file)  # the record that it exists is about to be
        facts = {"demos_sha256": vouched, "status": "done", "error": ""}
        return dict(record) | facts | {"wall_s": time.perf_counter() - start}

    def _mend(self, chosen: Sequence[tuple[int, int]]) -> None:
        """Make damaged demonstrations, given as (task, seed), again: before anything is charged."""
        for task_id, seed in chosen:
            try:
                self.store.check(task_id, seed)
            except DamagedFileError as error:
                self._notes.append(f"{error.reason}; it is demonstrated again")
                self._demonstrate(DemoJob(task_id, (seed,)))

    def _episode(self, job: EpisodeJob) -> Rollout:
        cpu = time.process_time()
        env = self._env(job.key.task_id)
        policy = self._remote(job.adapt) if self._remote else self._policy(job.adapt)
        frames: list[Observation] = []
        rollout = run_episode(
            env,
            policy,
            job.key,
            replan=self.study.evaluation.replan_steps,
            action_size=self._suite.gives.action.size,
            seen_by=frames.append if job.videos else lambda seen: None,
            alive=self._alive,
        )
        if rollout.status == "error":
            self._forget(job)
        if path := job.videos.get(rollout.status):
            rollout = self._film(rollout, frames, Path(path))
        return replace(
            rollout,
            cpu_s=time.process_time() - cpu,
            engine=env.engine or None,
            device=hardware_of(policy),
            gl_renderer=env.gl_renderer,
            variation=VariationFacts(**env.facts) if env.facts else None,
        )

    def _film(self, rollout: Rollout, frames: Sequence[Observation], path: Path) -> Rollout:
        """Write the film; without one an episode is still an episode."""
        from harness.records.videos import write

        rate = self._suite.gives.action.rate_hz
        try:
            write(path, frames, fps=rate / self.study.evaluation.replan_steps)
        except Exception as error:
            return replace(rollout, error=f"not filmed: {describe(error)}")
        return rollout

    def _forget(self, job: EpisodeJob) -> None:
        """An episode broke: what it used may be in any state, and is built anew for the next one."""
        self._policies.clear()
        with contextlib.suppress(Exception):
            self._envs.pop(job.key.task_id).close()

    def _env(self, task_id: int) -> Env:
        def build() -> Env:
            return self._suite.make_env(
                task_id,
                assets=self.study.simulation.assets,
                image_size=self.study.simulation.image_size,
                render=self.study.simulation.render,
                engine=self.study.simulation.engine,
            )

        return recent(self._envs, task_id, build, ENVS_KEPT, lambda env: env.close())

    def _policy(self, key: AdaptKey) -> Policy:
        trained = adapter_of(self.run, key)
        return recent(
            self._policies, str(trained), lambda: restore(self.study.policy.spec, trained), POLICIES_KEPT
        )


def full(error: BaseException) -> str:
    """What to say of a worker's disk that is full: its jobs are not at fault, the study can go on later."""
    return f"a worker cannot write ({describe(error)}); make room and give the same command again"


def loss_log(path: Path, alive: Callable[[], None] = lambda: None) -> Callable[[int, int, float], None]:
    """A progress callback (step, steps, loss) that writes a line a second and always the last step.

    `alive` is called at every step.
    """
    path.unlink(missing_ok=True)
    start = last = time.monotonic()

    def log(step: int, steps: int, loss: float) -> None:
        nonlocal last
        alive()
        now = time.monotonic()
        if now - last < LOG_EVERY_S and step < steps:
            return
        last = now
        with path.open("a") as file:
            line = {"step": step, "steps": steps, "loss": float(loss), "seconds": round(now - start, 2)}
            file.write(json.dumps(line) + "\n")

    return log
