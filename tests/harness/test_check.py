"""`harness.check` on the fakes, and on things from outside that break one rule each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import check
from harness.core import registry
from harness.core.command_line import BAD_INPUT
from harness.core.contract import Contract, rule

BROKEN = """
import itertools
from dataclasses import dataclass, replace

import numpy as np

from baselines.policies.fake import Fake
from benchmarks.suites.fake import FakeSuite
from benchmarks.variations.fake_shift import FakeShift
from harness.core.specs import PolicyInfo

count = itertools.count()


class Counting(FakeSuite):
    \"\"\"Initial states come from a counter.\"\"\"

    def make_env(self, task_id, **settings):
        env = super().make_env(task_id, **settings)
        begin = env.begin
        env.begin = lambda key: begin(replace(key, init_id=next(count)))
        return env


class Official(FakeSuite):
    \"\"\"Demonstrations of one seed are those of the next.\"\"\"

    def demonstrate(self, task_id, seeds, **settings):
        for seed in seeds:
            for _, found in super().demonstrate(task_id, [next(count)], **settings):
                yield seed, found


@dataclass(frozen=True)
class Anywhere(FakeShift):
    def refusal(self, task):
        return "" if task.suite.startswith("fake") else "no"

    def apply(self, edit, level, rng):
        return super().apply(edit, level, rng) if level > 1 else "nothing"


@dataclass(frozen=True)
class Acts:
    name: str
    wrong: str = ""
    horizon: int = 4

    def describe(self):
        return PolicyInfo(self.name, self.horizon, 2, 8, "none")

    def load(self, device):
        return self

    def act(self, observations, rngs):
        chunks = np.stack([rng.uniform(-1, 1, (4, 7)) for rng in rngs]).astype(np.float32)
        if self.wrong == "rows":
            chunks[0] = 0.01 * len(rngs)
        if self.wrong == "counts":
            chunks[:] = 1 / (2 + next(count))
        return chunks * (3 if self.wrong == "range" else 1)


COUNTING = Counting(name="counting")
OFFICIAL = Official(name="official")
IDLE = Anywhere((0.0, 0.02, 0.05), "plane widths", "state", name="idle")
MIXED = Anywhere((0.0, 0.05, 0.02), "", "mood", name="mixed")
ACTS = Acts("acts")
ROWS, COUNTS, RANGE = (Acts(name, name) for name in ("rows", "counts", "range"))
POOR = replace(ACTS, name="poor", horizon=1)
NEITHER = object()
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module `broken_things`; what was found by reference is forgotten."""
    (tmp_path / "broken_things.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_outside", {})
    yield
    sys.modules.pop("broken_things", None)


@pytest.mark.parametrize(
    "command",
    [["fake", "--kind", "suite"], ["fake-shift"], ["fake", "--kind", "policy"], ["pi0-small"]],
    ids=" ".join,
)
def test_what_the_project_has_keeps_its_promises(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main(command) == check.OK
    first, *lines = capsys.readouterr().out.splitlines()
    assert "built-in" in first
    assert len(lines) > 3
    assert all(line.startswith("ok      ") for line in lines)


@pytest.mark.parametrize(
    ("name", "complaints"),
    [
        ("COUNTING", ["The same key and actions give the same images", "twice in a row: the first states"]),
        ("OFFICIAL", ["What a seed yields depends on nothing but the seed: state of seed"]),
        ("IDLE", ["failed  Each level above 0", "RuntimeError: idle at level 1 changed nothing"]),
        ("MIXED", ["quantities (0.0, 0.05, 0.02) are not monotone"]),
        ("ROWS", ["failed  A row of a batch is what it would be alone: the first row differs by 0.02"]),
        ("COUNTS", ["failed  The same observations and generators give the same actions"]),
        ("RANGE", ["failed  Chunks are float32", "actions reach 2.9"]),
        ("POOR", ["replan_steps is 2, the horizon 1", "chunks are (3, 4, 7), not (3, 1, 7)"]),
    ],
)
@pytest.mark.usefixtures("broken")
def test_broken_promises_are_named(
    name: str, complaints: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main([f"broken_things:{name}"]) == check.BROKEN
    text = capsys.readouterr().out
    assert f"{name.lower()}: broken_things:{name}" in text
    for complaint in complaints:
        assert complaint in text


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (["fake"], "'fake' is a suite and a policy; give --kind suite"),
        (["nothing"], "nothing is called 'nothing'; see python -m harness.list"),
        (["nowhere:THING"], "object 'nowhere:THING' cannot be imported"),
        (["broken_things:NEITHER"], "'broken_things:NEITHER' is none of suite, variation, policy"),
        (["broken_things:NEITHER", "--kind", "policy"], "is no policy: it has no 'describe'"),
        (["fake", "--kind", "suite", "--task", "4"], "no task 4 in fake; valid: 0 to 3"),
        (["fake-shift", "--suite", "robosuite_lift"], "only the fake suite has a goal in a plane"),
        (["lighting", "--suite", "fake"], "lighting on task 0 of fake: fake is not simulated by MuJoCo"),
    ],
)
@pytest.mark.usefixtures("broken")
def test_bad_input_is_one_line(
    command: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main(command) == BAD_INPUT
    errors = capsys.readouterr().err
    assert complaint in errors
    assert errors.count("\n") == 1


def test_a_policy_that_only_acts_is_enough(broken: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["broken_things:ACTS"]) == check.OK


def test_rules_are_sentences_without_their_full_stop() -> None:
    def kept(subject: int) -> None:
        """It is kept."""

    def bursts(subject: int) -> None:
        """It does not burst."""
        raise ZeroDivisionError("one\nline")

    assert rule(kept) == "It is kept"
    found = list(Contract((kept, bursts)).verify(1))
    assert found == [("It is kept", ""), ("It does not burst", "ZeroDivisionError: one line")]
