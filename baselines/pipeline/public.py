"""Adaptation for callers from outside: from a policy to an adapted one, without files or records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from baselines.adaptable.policy import AdaptablePolicy
from baselines.methods import Method
from baselines.pipeline import adapter, heads, recipes
from baselines.pipeline.adapt import Settings
from baselines.pipeline.adapt import adapt as run
from baselines.policies.sources.spec import load_policy
from baselines.training.attach import merge
from harness.core import registry
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.protocols import Policy


def adapt(
    policy: str | AdaptablePolicy,
    demos: Sequence[Demonstration] | Path,
    method: str,
    settings: Settings,
    selector: str | None,
    recipe: str,
) -> AdaptablePolicy:
    """See `baselines.adapt`."""
    base: Policy = load_policy(policy) if isinstance(policy, str) else policy
    if not isinstance(base, AdaptablePolicy):
        raise UserError(f"policy {base.name!r} only acts: it names no streams that a method could adapt")
    asked: Method = registry.find("method", method)
    chosen = heads.configured(recipes.apply(recipe, asked), selector, False)
    own = base if isinstance(policy, str) else adapter.copied(base)
    if chosen.trains:
        done = run(own, chosen, _read(demos), settings)
        merge(own, done.trainable)
    own.model.eval()
    return own


def _read(demos: Sequence[Demonstration] | Path) -> Sequence[Demonstration]:
    if not isinstance(demos, Path):
        return demos
    return [Demonstration.load(path) for path in sorted(demos.rglob("*.npz"))]
