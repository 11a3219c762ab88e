"""What an adapted policy still can do of what it was pretrained on: a study after the study."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from harness.core import registry
from harness.core.keys import AdaptKey, EpisodeKey
from harness.records.journal import Journal
from harness.records.run_directory import RunDirectory
from harness.study.study import UNTRAINED, Study

RECORDS = "forgetting.jsonl"
"""Beside the run's other records, and not among its episodes: no table mixes the two."""


@dataclass(frozen=True)
class Memory(Study):
    """Pretraining tasks as a study: `forgetting` episodes of each of `adapted`, on as many tasks as can be.

    All adaptations meet the same scenes. `task_ids` are those that the policy was pretrained on.
    """

    adapted: tuple[AdaptKey, ...] = ()

    def cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        """Every episode with its adaptation, scene by scene."""
        for number in range(self.forgetting):
            init_id, place = divmod(number, len(self.task_ids))
            for adapt in self.adapted:
                task_id = self.task_ids[place]
                yield adapt, EpisodeKey(adapt.adapt_id, self.suite, task_id, init_id, adapt.seed)


def memory(study: Study, run: RunDirectory) -> tuple[Memory, RunDirectory]:
    """The study of what the adaptations of `run` that worked have kept, and where it is recorded.

    The policy before adaptation is measured too, once a seed, whether or not it is among the methods: it
    is the same for every task.
    """
    ended = run.adaptations.statuses("adapt_id", once=False)
    keys = dict.fromkeys(adapt for adapt, _ in study.cells())
    trained = [key for key in keys if key.method != UNTRAINED and ended.get(key.adapt_id) == "done"]
    before = [study.adapt_key(UNTRAINED, study.task_ids[0], seed) for seed in sorted({k.seed for k in keys})]
    suite = registry.find("suite", study.pretrained_suite)
    settings = asdict(study) | {
        "suite": suite.name,
        "task_ids": study.pretrained_tasks,
        "max_steps": suite.max_steps,
        "adapted": (*before, *trained),
    }
    view = copy.copy(run)
    view.episodes = Journal(run.path / RECORDS)
    view.episodes.repair()
    view.recorded = view.episodes.statuses("episode_id", once=True)
    view.adapted = ended | {key.adapt_id: "done" for key in before}  # nothing to train
    return Memory(**settings), view
