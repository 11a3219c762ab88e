import numpy as np
import pytest
import torch

from baselines.adaptable.trainable import Trainable
from baselines.training.attach import attach
from baselines.training.finetune import DivergenceError, Schedule, finetune
from baselines.training.trainability import probe
from harness.core import registry

PROJECTION = Trainable(weights=("action_out_proj.weight",))


def test_schedule_shape() -> None:
    schedule = Schedule(steps=3000, batch_size=32, peak_rate=2.5e-5)
    assert schedule.rate(0) == pytest.approx(2.5e-5 / 200)
    assert schedule.rate(199) == schedule.rate(200) == pytest.approx(2.5e-5)
    assert schedule.rate(2999) == pytest.approx(2.5e-6, rel=1e-3)
    assert Schedule(30, 32, 1.0).rate(3) == 1.0  # short runs warm up for a tenth


def test_all_methods_see_the_same_batches(make_demo, monkeypatch) -> None:
    from baselines.data.frames import Format, from_demonstrations
    from baselines.policies.pi0.policy import Pi0Policy
    from baselines.policies.sources.spec import load_policy
    from baselines.training.batches import Batches, frozen_blocks

    seen: list[object] = []
    draw, sample = Batches.draw, Pi0Policy.draw

    def spy_draw(self, *arguments):
        rows = draw(self, *arguments)
        seen.append(rows.tolist())
        return rows

    def spy_sample(self, *arguments):
        found = sample(self, *arguments)
        seen.append(found["noise"].sum().item())
        return found

    monkeypatch.setattr(Batches, "draw", spy_draw)
    monkeypatch.setattr(Pi0Policy, "draw", spy_sample)
    frames = from_demonstrations([make_demo(0), make_demo(1)], Format(16, 10))
    runs = {}
    for name in ("full", "lora"):
        policy = load_policy("fake", "cpu")
        trainable = registry.find("method", name).trainable(policy, {}, probe(policy, frames))
        batches = Batches(policy, frames, frozen=frozen_blocks(policy, trainable))
        parameters = attach(policy, trainable, seed=3)
        seen.clear()
        finetune(batches, parameters, Schedule(3, 8, 1e-3), seed=4)
        runs[name] = list(seen)
    assert len(runs["full"]) == 6
    assert runs["full"] == runs["lora"]


def test_learns_and_repeats_exactly(frames) -> None:
    from baselines.policies.sources.spec import load_policy
    from baselines.training.batches import Batches

    found, full = [], registry.find("method", "full")
    for seed in (1, 1, 2):
        policy = load_policy("fake", "cpu")
        batches = Batches(policy, frames)
        parameters = attach(policy, full.trainable(policy, {}, probe(policy, frames)), 0)
        done = finetune(batches, parameters, Schedule(30, 16, 3e-3), seed)
        found.append(done.losses)
        assert done.flops > 0
    assert found[0] == found[1] != found[2]
    assert np.mean(found[0][-5:]) < 0.98 * np.mean(found[0][:5])


def test_only_the_planned_parameters_move(batches) -> None:
    before = {name: value.clone() for name, value in batches.policy.model.state_dict().items()}
    finetune(batches, attach(batches.policy, PROJECTION, seed=0), Schedule(2, 4, 1e-2), 0)
    after = batches.policy.model.state_dict()
    assert [name for name in after if not torch.equal(before[name], after[name])] == list(PROJECTION.weights)


def test_divergence_is_reported(batches) -> None:
    parameters = attach(batches.policy, PROJECTION, seed=0)
    with pytest.raises(DivergenceError, match=r"finetuning diverged: loss .* at step \d+ of 50, peak"):
        finetune(batches, parameters, Schedule(50, 4, 1e4), 0)


def test_dead_parameters_are_refused(batches) -> None:
    dead = "model.vlm.language_model.layers.2.mlp.up_proj.weight"
    parameters = attach(batches.policy, Trainable(weights=(dead, *PROJECTION.weights)), seed=0)
    with pytest.raises(AssertionError, match=r"cannot change the action: .*layers\.2\.mlp"):
        finetune(batches, parameters, Schedule(2, 4, 1e-3), 0)


def test_progress_counts_every_step(batches) -> None:
    calls = []
    parameters = attach(batches.policy, PROJECTION, seed=0)
    done = finetune(batches, parameters, Schedule(3, 4, 1e-3), 0, lambda *values: calls.append(values))
    assert calls == [(step + 1, 3, loss) for step, loss in enumerate(done.losses)]
