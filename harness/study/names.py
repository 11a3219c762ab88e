"""Every name that a study asks for, looked up in one place: suite, methods, selector and policy."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core import registry
from harness.core.errors import UserError
from harness.core.protocols import Suite
from harness.core.settings import Settings
from harness.core.specs import PolicyInfo


@dataclass(frozen=True)
class Named:
    """What the names of a study stand for."""

    suite: Suite
    methods: tuple[str, ...]
    """Without groups and repetition, in the order given."""
    selector: str | None
    policy: PolicyInfo
    pretrained: Suite | None
    """On which the policy was pretrained; None where it does not say, or where retention is not asked for."""


def look_up(asked: Settings) -> Named:
    """Raises UserError for an unknown name and for a policy that cannot see or move what the suite has."""
    methods = parse_methods(asked.adaptation.methods)
    suite = registry.find("suite", asked.simulation.suite)
    selector = asked.adaptation.selector
    if selector is not None:
        registry.find("selector", selector)
        selector = registry.key("selector", selector)
    policy = registry.policy_side().describe(asked.policy.spec)
    suite.gives.check(policy.needs, suite.name, policy.name)
    retained = policy.pretrained_suite if asked.scenes.retention_episodes else ""
    pretrained = registry.find("suite", retained) if retained else None
    return Named(suite, methods, selector, policy, pretrained)


def parse_methods(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Methods and groups of methods -> methods without repetition, in the order given. Raises UserError."""
    groups = registry.policy_side().method_groups()
    known = registry.names("method")
    names: list[str] = []
    for name in asked:
        if registry.is_reference("method", name):
            names.append(registry.key("method", name))
            continue
        if name not in groups and name not in known:
            valid = ", ".join([*groups, *registry.public_names("method")])
            raise UserError(f"unknown method {name!r}; known: {valid}, or package.module:object")
        names += [member for member in groups.get(name, (name,)) if member in known]
    return tuple(dict.fromkeys(names))
