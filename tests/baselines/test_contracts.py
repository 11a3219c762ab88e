"""Both kinds of policies keep their contracts, with every method and every selector."""

from functools import cache

import pytest

from baselines.contracts import acting, adapting, method, selector
from harness.core import registry
from harness.core.contract import broken_by, rule

POLICIES = ("fake", "fake-planar")
METHODS, SELECTORS = registry.names("method"), registry.names("selector")


@cache
def on(policy: str) -> adapting.Adapting:
    return adapting.Adapting(registry.find("policy", policy))


@cache
def trial(policy: str, name: str) -> method.Trial:
    return method.Trial(registry.find("method", name), on(policy))


@cache
def choosing(policy: str, name: str) -> selector.Choosing:
    return selector.Choosing(registry.find("selector", name), on(policy))


def ids(value: object) -> str | None:
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("check", acting.CONTRACT.checks, ids=ids)
def test_acting(check, policy) -> None:
    assert not broken_by(check, acting.Acting(registry.find("policy", policy))), rule(check)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("check", adapting.CONTRACT.checks, ids=ids)
def test_adapting(check, policy) -> None:
    assert not broken_by(check, on(policy)), rule(check)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("check", method.CONTRACT.checks, ids=ids)
def test_methods(check, name, policy) -> None:
    assert not broken_by(check, trial(policy, name)), rule(check)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", SELECTORS)
@pytest.mark.parametrize("check", selector.CONTRACT.checks, ids=ids)
def test_selectors(check, name, policy) -> None:
    assert not broken_by(check, choosing(policy, name)), rule(check)
