"""What the engine calls: describe, adapt and restore a policy. Imports torch only where it computes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.pipeline import record
from baselines.policies.sources.spec import describe, load_policy
from harness.core import registry
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.meter import Meter
from harness.core.protocols import Policy
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.methods import Method

__all__ = ["adapt", "describe", "load_policy", "restore"]


def adapt(
    policy_spec: str,
    method: str,
    demos: Sequence[Demonstration],
    *,
    steps: int,
    batch_size: int,
    seed: int,
    adapt_id: str,
    adapter_path: Path,
    heads_path: Path | None,
    num_heads: int | None = None,
    selector: str | None = None,
    include_inert_heads: bool = False,
    stability_splits: int = 0,
    lr_sweep: bool = False,
    recipe: str = "auto",
    compile: bool = False,
    meter: Meter | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> dict[str, Any]:
    """Adapt a policy to `demos` by `method` and save the adapter; returns the fields of its record.

    `steps` of `batch_size` frames each; `num_heads` per stream (default: the paper's share of its grid);
    `selector` and `include_inert_heads` see `pipeline.heads.configured`; with `stability_splits` selection
    is repeated on as many redrawn halves of the demonstrations, in a phase of its own; with `lr_sweep` the
    learning rate is chosen on held-out demonstrations; `recipe` is one of `baselines.pipeline.recipes`;
    `compile` runs finetuning steps as compiled code, and compiling is a phase of its own. Costs are charged
    to `meter`, which may hold what was spent before; importing what is needed takes seconds and is charged,
    too. `progress` is called with step, steps and loss. Raises UserError for unknown names, no
    demonstrations, too many heads and a policy that the method does not fit, DivergenceError if training
    diverges.
    """
    meter = meter or Meter()
    with meter.phase("load"):
        asked: Method = registry.find("method", method)
        info = describe(policy_spec)
        if asked.trains and not info.streams:
            raise _only_acts(info)
        policy = load_policy(policy_spec)
        if info.streams:
            from baselines.adaptable.device import device_name, pick_device, precision
            from baselines.pipeline import adapt as pipeline
            from baselines.pipeline import heads, recipes

            chosen = heads.configured(recipes.apply(recipe, asked), selector, include_inert_heads)
            adaptable, device = _adaptable(policy), pick_device()
            totals = adaptable.parameter_counts()
    if not info.streams:
        found = record.described({}, {}, None, meter) | {"total_params": info.total_params}
        return found | {"device": meter.device, "precision": "", "adapter": None, "recipe": recipe}
    meter.use(str(device))
    done = None
    if chosen.trains:
        settings = pipeline.Settings(steps, batch_size, seed, num_heads, stability_splits, lr_sweep, compile)
        done = pipeline.adapt(
            adaptable, chosen, demos, settings, policy_sha256=info.sha256, meter=meter, progress=progress
        )
    with meter.phase("checkpoint"):
        if done:
            about = {"policy": policy_spec, "policy_sha256": info.sha256, "method": method}
            about["adapt_id"] = adapt_id
            pipeline.save(adaptable, chosen, done, adapter_path, heads_path, about)
    trained = adaptable.parameter_counts(done.parameters) if done else {}
    return record.described(totals, trained, done, meter) | {
        "device": device_name(meter.device),
        "precision": precision(device),
        "adapter": adapter_path.name if done else None,
        "recipe": recipe,
    }


def restore(policy_spec: str, adapter_path: Path | None) -> Policy:
    """A fresh policy, with the adapter merged into its weights where there is one.

    The base policy is read once per process and copied. Raises UserError where the adapter belongs to
    another policy or is damaged, and for an adapter of a policy that only acts.
    """
    base, info = _base(policy_spec), describe(policy_spec)
    if not info.streams:
        if adapter_path is not None:
            raise _only_acts(info)
        return base
    from baselines.pipeline import adapter

    policy = _adaptable(base)
    return adapter.adapted(policy, adapter_path, info.sha256) if adapter_path else adapter.copied(policy)


@functools.lru_cache(maxsize=2)
def _base(policy_spec: str) -> Policy:
    return load_policy(policy_spec)


def _adaptable(policy: Policy) -> AdaptablePolicy:
    from baselines.adaptable.policy import AdaptablePolicy

    if not isinstance(policy, AdaptablePolicy):
        raise UserError(
            f"policy {policy.name!r} describes streams but is no AdaptablePolicy; "
            "see baselines.adaptable.policy"
        )
    return policy


def _only_acts(info: PolicyInfo) -> UserError:
    return UserError(
        f"policy {info.name!r} only acts: it names no streams that a method could adapt; use --method frozen"
    )
