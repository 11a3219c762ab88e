"""What callers from outside use, and policies that only act."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

import baselines
from baselines import adaptation
from baselines.contracts.acting import observation
from baselines.data.synthetic import synthetic
from harness.core import registry
from harness.core.errors import UserError
from harness.core.protocols import Policy
from harness.core.rng import derive_rng
from harness.core.settings import Adaptation
from harness.core.specs import PolicyInfo


class Still(Policy):
    """Does nothing, of one class and without torch."""

    name = "still"
    horizon = 3

    def act(self, observations, rngs):
        return np.zeros((len(observations), self.horizon, 7), np.float32)


@dataclass(frozen=True)
class StillSource:
    name: str = "still"

    def describe(self) -> PolicyInfo:
        return PolicyInfo("still", 3, 2, 16, "0")

    def load(self, device: str) -> Still:
        return Still()


STILL = StillSource()


@pytest.fixture
def still(monkeypatch) -> str:
    find, knows = registry.find, registry.knows
    monkeypatch.setattr(registry, "find", lambda kind, name: STILL if name == "still" else find(kind, name))
    monkeypatch.setattr(registry, "knows", lambda kind, name: name == "still" or knows(kind, name))
    return "still"


def test_a_policy_that_only_acts_is_left_as_it_is(still, demos, tmp_path) -> None:
    settings = {"asked": Adaptation(steps=1, batch_size=1), "seed": 0, "adapt_id": "a", "heads_path": None}
    record = adaptation.adapt(still, "frozen", demos, adapter_path=tmp_path / "a", **settings)
    full = adaptation.adapt("fake", "frozen", demos, adapter_path=tmp_path / "a", **settings)
    assert set(record) == set(full)
    assert (record["trainable_params"], record["params"], record["adapter"]) == (0, {}, None)
    assert isinstance(adaptation.restore(still, None), Still)
    with pytest.raises(UserError, match="policy 'still' only acts: it names no streams"):
        adaptation.adapt(still, "lora", demos, adapter_path=tmp_path / "a", **settings)
    with pytest.raises(UserError, match="only acts"):
        baselines.adapt(still, demos)


def test_leaving_a_policy_as_it_is_asks_nothing_of_torch() -> None:
    code = "\n".join(
        [
            "import sys; from pathlib import Path",
            "from baselines import adaptation; from baselines.policies.sources import spec",
            "from harness.core.specs import PolicyInfo",
            "class Still:",
            "    name = 'still'",
            "    describe = lambda self: PolicyInfo('still', 3, 2, 16, '0')",
            "    load = lambda self, device: self",
            "spec.source = lambda name: Still()",
            "from harness.core.settings import Adaptation",
            "adaptation.adapt('still', 'frozen', [], asked=Adaptation(), seed=0, adapt_id='a',",
            "                 adapter_path=Path('a'), heads_path=None)",
            "adaptation.restore('still', None)",
            "print('torch' in sys.modules)",
        ]
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False"]


@pytest.mark.parametrize("name", ["fake", "fake-planar"])
def test_adapting_from_python(name) -> None:
    base = baselines.load_policy(name, "cpu")
    demos = synthetic(3, base.image_size, 60, needs=base.needs)
    adapted = baselines.adapt(base, demos, method="steer", steps=2, batch_size=4)
    seen = [observation(registry.find("policy", name).describe(), 0)]
    ours, theirs = (policy.act(seen, [derive_rng(0)]) for policy in (adapted, base))
    assert ours.shape == theirs.shape
    assert not np.array_equal(ours, theirs)
    assert {key for key, _ in adapted.model.named_modules()} == {key for key, _ in base.model.named_modules()}
