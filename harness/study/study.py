"""A study: all settings resolved, and the keys of its adaptations and episodes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, product
from typing import Any

from harness.core import registry, variation_grammar
from harness.core.files import plain
from harness.core.keys import CLEAN, UNSEEN, AdaptKey, EpisodeKey, Task
from harness.core.schema import Scope, flat, keys
from harness.core.settings import UNTRAINED, Settings


@dataclass(frozen=True)
class Study(Settings):
    """One policy on one suite, adapted by each of the methods. Plain data; written as study.json."""

    def identity(self) -> dict[str, Any]:
        """What all records of one run directory share. Where policy and assets were found is left out."""
        names = keys(self, lambda about: about.scope is Scope.IDENTITY)
        if self.adaptation.adapt_per == "suite":  # then the tasks decide what is trained
            names.append("task_ids")
        values = flat(self)
        return {name: values[name] for name in names}

    @property
    def run_name(self) -> str:
        """A readable name with a hash of all settings: the same command finds its run directory again."""
        identity = json.dumps(plain(self.identity()), sort_keys=True)
        asked, replan = self.adaptation, self.evaluation.replan_steps
        name = f"{self.simulation.suite}.{self.policy.name}.d{asked.demos}.n{asked.steps}.r{replan}"
        name = re.sub(r"[^\w.-]+", "-", name)
        return f"{name}-{sha256(identity.encode()).hexdigest()[:8]}"

    def planned(self) -> Counter[tuple[str, int]]:
        """Episodes by method and task."""
        return Counter((adapt.method, episode.task_id) for adapt, episode in self.cells())

    def adapt_key(self, method: str, task_id: int, seed: int) -> AdaptKey:
        """The adaptation that serves `task_id`."""
        asked, trained = self.adaptation, method != UNTRAINED
        return AdaptKey(
            policy=self.policy.name,
            method=method,
            suite=self.simulation.suite,
            tasks=(task_id,) if asked.adapt_per == "task" else self.scenes.task_ids,
            demos=asked.demos if trained else 0,
            steps=asked.steps if trained else 0,
            seed=seed,
        )

    def cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        """Every episode with its adaptation. Scene by scene: a limit keeps methods and twins paired."""
        return islice(self._cells(), self.scenes.limit)

    def _cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        suite, scenes, conditions = self.simulation.suite, self.scenes, self.conditions()
        for init_id, seed, task_id in product(range(scenes.episodes), scenes.seeds, scenes.task_ids):
            for condition, method in product(conditions[task_id], self.adaptation.methods):
                adapt = self.adapt_key(method, self._adapted_to(task_id, condition), seed)
                variation, level = variation_grammar.split(condition)
                yield adapt, EpisodeKey(adapt.adapt_id, suite, task_id, init_id, seed, variation, level)

    def conditions(self) -> dict[int, tuple[str, ...]]:
        """Task -> what its episodes are run under: clean first, then adapted to another task, then the
        variations that it admits."""
        tasks = self.tasks()
        return {
            task_id: (
                CLEAN,
                *(f"{UNSEEN}:{level}" for level in range(1, self.scenes.unseen_tasks + 1)),
                *(
                    condition
                    for condition in self.scenes.variations
                    if variation_grammar.admits(condition, tasks[task_id])
                ),
            )
            for task_id in self.scenes.task_ids
        }

    def _adapted_to(self, task_id: int, condition: str) -> int:
        """The task that the policy was adapted to: another one of the study where it shall be unseen."""
        (name, level), task_ids = variation_grammar.split(condition), self.scenes.task_ids
        further = level if name == UNSEEN else 0
        return task_ids[(task_ids.index(task_id) + further) % len(task_ids)]

    def tasks(self) -> dict[int, Task]:
        """The suite's tasks, by id."""
        return {task.task_id: task for task in registry.find("suite", self.simulation.suite).tasks}
