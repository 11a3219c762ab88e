"""Every suite, and variations on a suite, keep the contract that `harness.check` runs on outside ones."""

from __future__ import annotations

from contextlib import closing

import pytest

from benchmarks.contracts import suite as suites
from benchmarks.contracts import variation as variations
from benchmarks.contracts.episodes import Stage
from harness.core import registry

SLOW = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in registry.names("suite")
    if name not in ("fake", "fake_pretrain")
]
VARIATIONS = ["lighting", "instruction-chatty", "layout"]


@pytest.mark.parametrize("name", ["fake", "fake_pretrain", *SLOW])
def test_suites(name: str) -> None:
    with closing(Stage(registry.find("suite", name))) as stage:
        assert [f"{rule}: {why}" for rule, why in suites.CONTRACT.verify(stage) if why] == []


def test_variations() -> None:
    with closing(Stage(registry.find("suite", "robosuite_lift"))) as stage:
        for name in VARIATIONS:
            subject = variations.Varied(name, registry.find("variation", name), stage)
            assert [f"{rule}: {why}" for rule, why in variations.CONTRACT.verify(subject) if why] == []
