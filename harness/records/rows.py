"""What is written about an episode and an adaptation (harness.core.records says what each column means)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.core.keys import AdaptKey, EpisodeKey, Task
from harness.core.records import RECORDED_SETTINGS, AdaptationRow, EpisodeRow
from harness.core.rollout import Rollout
from harness.core.schema import flat
from harness.core.settings import Settings
from harness.records.provenance import environment


def episode_row(
    key: EpisodeKey, method: str, task: Task, settings: Settings, rollout: Rollout
) -> dict[str, Any]:
    """One line of episodes.jsonl."""
    varied = vars(rollout.variation) if rollout.variation else {"instruction": task.instruction}
    row = EpisodeRow(
        episode_id=key.episode_id,
        adapt_id=key.adapt_id,
        scene_id=key.scene_id,
        twin_id=key.twin_id,
        task_id=key.task_id,
        task=task.name,
        policy=settings.policy.name,
        method=method,
        variation=key.variation,
        level=key.level,
        init_id=key.init_id,
        seed=key.seed,
        status=rollout.status,
        steps=rollout.steps,
        wall_s=rollout.wall_s,
        env_s=rollout.env_s,
        policy_s=rollout.policy_s,
        cpu_s=rollout.cpu_s,
        error=rollout.error,
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        inference=settings.evaluation.inference,
        **varied,
    )
    asked = flat(settings)
    where = replace(environment(), device=rollout.device, gl_renderer=rollout.gl_renderer)
    return {
        **vars(row),
        **{name: asked[name] for name in RECORDED_SETTINGS},
        "engine": rollout.engine,  # what really stepped it; unknown after a crash
        **vars(where),
    }


def adaptation_row(
    key: AdaptKey, settings: Settings, demo_s: float, record: Mapping[str, Any]
) -> dict[str, Any]:
    """One line of adaptations.jsonl; `record` is what the policy's side says, `demo_s` of demonstrations."""
    row = AdaptationRow(
        adapt_id=key.adapt_id,
        suite=key.suite,
        tasks=list(key.tasks),
        policy=key.policy,
        method=key.method,
        seed=key.seed,
        demos=key.demos,
        steps=key.steps,
        batch_size=settings.adaptation.batch_size,
        asset_label=settings.simulation.asset_label,
        demo_s=demo_s,
    )
    return {**vars(row), **record}
