"""What the engine calls: describe, adapt and restore a policy. Imports torch only where it computes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.pipeline import record
from baselines.policies.sources.spec import describe, load_policy
from harness.core import registry
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.meter import Meter
from harness.core.protocols import Policy
from harness.core.settings import Adaptation
from harness.core.specs import PolicyInfo

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.methods import Method

__all__ = ["adapt", "check_adapter", "check_compiler", "describe", "load_policy", "method_groups", "restore"]


def method_groups() -> Mapping[str, tuple[str, ...]]:
    """Names that stand for several methods."""
    from baselines.methods import GROUPS

    return GROUPS


def check_compiler() -> None:
    """Raise UserError where finetuning steps cannot be compiled."""
    from baselines.training import compiling

    compiling.check()


def adapt(
    policy_spec: str,
    method: str,
    demos: Sequence[Demonstration],
    asked: Adaptation,
    *,
    seed: int,
    adapt_id: str,
    adapter_path: Path,
    heads_path: Path | None,
    meter: Meter | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> dict[str, Any]:
    """Adapt a policy to `demos` by `method` and save the adapter; returns the fields of its record.

    What is asked for is one of `python -m harness.run --help`'s settings each; with `stability_splits`
    selection is repeated on as many redrawn halves of the demonstrations, in a phase of its own; with
    `lr_sweep` the learning rate is chosen on held-out demonstrations; compiling is a phase of its own.
    Costs are charged to `meter`, which may hold what was spent before; importing what is needed takes
    seconds and is charged, too. `progress` is called with step, steps and loss. Raises UserError for
    unknown names, no demonstrations, too many heads and a policy that the method does not fit,
    DivergenceError if training diverges.
    """
    meter = meter or Meter()
    with meter.phase("load"):
        by, info, policy = _loaded(method, policy_spec)
        if info.streams:
            from baselines.adaptable.device import device_name, pick_device, precision
            from baselines.pipeline import adapt as pipeline
            from baselines.pipeline import heads, recipes

            by = recipes.apply(asked.recipe, by)
            chosen = heads.configured(by, asked.selector, asked.include_inert_heads)
            adaptable, device = _adaptable(policy), pick_device()
            totals = adaptable.parameter_counts()
    if not info.streams:
        found = record.described({}, {}, None, meter) | {"total_params": info.total_params}
        found |= {"device": meter.device, "precision": "", "adapter": None, "adapter_sha256": None}
        return found | {"recipe": asked.recipe}
    meter.use(str(device))
    done, sha256 = None, None
    if chosen.trains:
        settings = pipeline.Settings.of(asked, seed)
        done = pipeline.adapt(
            adaptable, chosen, demos, settings, policy_sha256=info.sha256, meter=meter, progress=progress
        )
    with meter.phase("checkpoint"):
        if done:
            about = {"policy": policy_spec, "policy_sha256": info.sha256, "method": method}
            about["adapt_id"] = adapt_id
            sha256 = pipeline.save(adaptable, chosen, done, adapter_path, heads_path, about)
    trained = adaptable.parameter_counts(done.parameters) if done else {}
    return record.described(totals, trained, done, meter) | {
        "device": device_name(meter.device),
        "precision": precision(device),
        "adapter": adapter_path.name if done else None,
        "adapter_sha256": sha256,
        "recipe": asked.recipe,
    }


def _loaded(method: str, policy_spec: str) -> tuple[Method, PolicyInfo, Policy]:
    """What is asked for by name. Raises UserError, also for training a policy that only acts."""
    by: Method = registry.find("method", method)
    info = describe(policy_spec)
    if by.trains and not info.streams:
        raise _only_acts(info)
    return by, info, load_policy(policy_spec)


def check_adapter(adapter_path: Path, policy_sha256: str) -> str:
    """The SHA-256 of an adapter's file. Raises DamagedFileError where it is not what was written, or for
    another policy than the one of that hash. Imports no torch."""
    from baselines.pipeline import adapter_file

    return adapter_file.check(adapter_path, policy_sha256)


def restore(policy_spec: str, adapter_path: Path | None) -> Policy:
    """A fresh policy, with the adapter merged into its weights where there is one.

    The base policy is read once per process and copied. Raises DamagedFileError where the adapter belongs to
    another policy or is damaged, UserError for an adapter of a policy that only acts.
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
