"""Compiled training steps: the same losses, the cost of compiling apart, one line where it cannot work."""

from __future__ import annotations

import math

import pytest
import torch

from baselines.adaptation import adapt
from baselines.policies.sources.spec import load_policy
from baselines.training import compiling
from baselines.training.attach import attach
from baselines.training.batches import Batches, frozen_blocks
from baselines.training.finetune import Schedule, finetune
from baselines.training.trainability import probe
from harness.core import registry
from harness.core.errors import UserError
from harness.core.settings import Adaptation
from harness.study.resolve import check_training

CHOSEN = {"language": ((1, 2), (0, 3), (1, 0))}


def train(frames, name: str, compiled: bool):
    policy, method = load_policy("fake", "cpu"), registry.find("method", name)
    chosen = CHOSEN if method.uses_heads else {}
    trainable = method.trainable(policy, chosen, probe(policy, frames))
    batches = Batches(policy, frames, frozen=frozen_blocks(policy, trainable))
    parameters = attach(policy, trainable, seed=0)
    if compiled:
        compiling.warm_up(batches, 8)
        assert all(value.grad is None for value in parameters.values())
    return finetune(batches, parameters, Schedule(5, 8, 1e-3), seed=0)


@pytest.fixture
def not_compiled(monkeypatch):
    """How often something was handed to the compiler; it stays as it is."""
    handed = []
    monkeypatch.setattr(torch, "compile", lambda function, backend: handed.append(backend) or function)
    return handed


def test_warming_up_changes_nothing(frames, not_compiled) -> None:
    assert train(frames, "steer", True) == train(frames, "steer", False)
    assert not_compiled == ["inductor"]


def test_compiling_is_a_phase_of_its_own(demos, tmp_path, not_compiled) -> None:
    paths = {"adapter_path": tmp_path / "a.safetensors", "heads_path": None}
    settings = {"seed": 0, "adapt_id": "a"} | paths
    asked = Adaptation(steps=2, batch_size=8, compile=True)
    record = adapt("fake", "lora", demos, asked, **settings)
    assert list(record["ledger"]) == ["load", "training", "compile", "checkpoint"]
    assert "compile" not in adapt("fake", "frozen", demos, asked, **settings)["ledger"]


def test_without_a_compiler_one_line_says_so(demos, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(UserError, match=r"--compile needs a C\+\+ compiler, and 'no-such-compiler' is not"):
        check_training(Adaptation(compile=True))
    check_training(Adaptation(compile=False))
    with pytest.raises(UserError, match="is not found"):
        adapt(
            "fake", "lora", demos, Adaptation(steps=1, batch_size=1, compile=True), seed=0, adapt_id="a",
            adapter_path=tmp_path / "a", heads_path=None,
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["full", "steer-attn"])
def test_compiled_steps_are_the_same_steps(frames, monkeypatch, name) -> None:
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")  # everything but the generated code
    plain, compiled = (train(frames, name, compiled) for compiled in (False, True))
    assert all(math.isclose(a, b, rel_tol=0.02) for a, b in zip(plain.losses, compiled.losses, strict=True))
    assert compiled.flops == plain.flops
