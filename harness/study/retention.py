"""Which episodes tell what an adapted policy still can do of what it was pretrained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.settings import UNTRAINED
from harness.study.study import Study


@dataclass(frozen=True)
class RetentionStudy(Study):
    """Pretraining tasks as a study: `retention_episodes` of each of `adapted`, on as many tasks as can be.

    All adaptations meet the same scenes. `task_ids` are those that the policy was pretrained on.
    """

    adapted: tuple[AdaptKey, ...] = ()

    def cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        """Every episode with its adaptation, scene by scene."""
        suite, task_ids = self.simulation.suite, self.scenes.task_ids
        for number in range(self.scenes.retention_episodes):
            init_id, place = divmod(number, len(task_ids))
            for adapt in self.adapted:
                yield adapt, EpisodeKey(adapt.adapt_id, suite, task_ids[place], init_id, adapt.seed)

    @property
    def untrained(self) -> list[str]:
        """Ids of the adaptations that are the policy as it was."""
        return [key.adapt_id for key in self.adapted if key.method == UNTRAINED]


def retention_study(study: Study, done: Collection[str]) -> RetentionStudy:
    """The study of what the adaptations of `study` have kept; `done` are the ids of those that worked.

    The policy before adaptation is measured too, once a seed, whether or not it is among the methods: it
    is the same for every task.
    """
    asked = dict.fromkeys(adapt for adapt, _ in study.cells())
    trained = [key for key in asked if key.method != UNTRAINED and key.adapt_id in done]
    first = study.scenes.task_ids[0]
    before = [study.adapt_key(UNTRAINED, first, seed) for seed in sorted({key.seed for key in asked})]
    policy = study.policy
    return RetentionStudy(
        simulation=replace(
            study.simulation, suite=policy.pretrained_suite, max_steps=policy.pretrained_max_steps
        ),
        scenes=replace(study.scenes, task_ids=policy.pretrained_tasks),
        policy=policy,
        adaptation=study.adaptation,
        evaluation=study.evaluation,
        adapted=(*before, *trained),
    )
