import numpy as np
import pytest
import torch

from baselines import lookup
from baselines.training.finetune import DivergenceError, Schedule, finetune
from baselines.training.trainability import probe
from baselines.training.trainable import Plan, attach

PROJECTION = Plan(weights=("action_out_proj.weight",))


def test_schedule_shape() -> None:
    schedule = Schedule(steps=3000, batch_size=32, peak_rate=2.5e-5)
    assert schedule.rate(0) == pytest.approx(2.5e-5 / 200)
    assert schedule.rate(199) == schedule.rate(200) == pytest.approx(2.5e-5)
    assert schedule.rate(2999) == pytest.approx(2.5e-6, rel=1e-3)
    assert Schedule(30, 32, 1.0).rate(3) == 1.0  # short runs warm up for a tenth


def test_all_methods_see_the_same_batches(make_demo, monkeypatch) -> None:
    from baselines.data.frames import from_demonstrations
    from baselines.loading import load_policy
    from baselines.policies.pi0.network import Draws
    from baselines.training.batches import Batches

    seen: list[object] = []
    draw, sample = Batches.draw, Draws.sample.__func__

    def spy_draw(self, *arguments):
        rows = draw(self, *arguments)
        seen.append(rows.tolist())
        return rows

    def spy_sample(cls, *arguments):
        found = sample(cls, *arguments)
        seen.append(found.noise.sum().item())
        return found

    monkeypatch.setattr(Batches, "draw", spy_draw)
    monkeypatch.setattr(Draws, "sample", classmethod(spy_sample))
    frames = from_demonstrations([make_demo(0), make_demo(1)], 16, 10)
    runs = {}
    for name in ("full", "lora"):
        policy = load_policy("fake", "cpu")
        alive = probe(Batches(policy, frames))
        plan = lookup.find("method", name).plan(policy.model, {}, alive)
        batches = Batches(policy, frames, frozen=plan.frozen_blocks(3))
        parameters = attach(policy.model, plan, seed=3)
        seen.clear()
        finetune(batches, parameters, Schedule(3, 8, 1e-3), seed=4)
        runs[name] = list(seen)
    assert len(runs["full"]) == 6
    assert runs["full"] == runs["lora"]


def test_learns_and_repeats_exactly(frames) -> None:
    from baselines.loading import load_policy
    from baselines.training.batches import Batches

    found = []
    for seed in (1, 1, 2):
        policy = load_policy("fake", "cpu")
        batches = Batches(policy, frames)
        parameters = attach(policy.model, lookup.find("method", "full").plan(None, {}, probe(batches)), 0)
        done = finetune(batches, parameters, Schedule(30, 16, 3e-3), seed)
        found.append(done.losses)
        assert done.flops > 0
    assert found[0] == found[1] != found[2]
    assert np.mean(found[0][-5:]) < 0.98 * np.mean(found[0][:5])


def test_only_the_planned_parameters_move(batches) -> None:
    before = {name: value.clone() for name, value in batches.policy.model.state_dict().items()}
    finetune(batches, attach(batches.policy.model, PROJECTION, seed=0), Schedule(2, 4, 1e-2), 0)
    after = batches.policy.model.state_dict()
    assert [name for name in after if not torch.equal(before[name], after[name])] == list(PROJECTION.weights)


def test_divergence_is_reported(batches) -> None:
    parameters = attach(batches.policy.model, PROJECTION, seed=0)
    with pytest.raises(DivergenceError, match=r"finetuning diverged: loss .* at step \d+ of 50, peak"):
        finetune(batches, parameters, Schedule(50, 4, 1e4), 0)


def test_dead_parameters_are_refused(batches) -> None:
    dead = "model.vlm.language_model.layers.2.mlp.up_proj.weight"
    parameters = attach(batches.policy.model, Plan(weights=(dead, *PROJECTION.weights)), seed=0)
    with pytest.raises(AssertionError, match=r"cannot change the action: .*layers\.2\.mlp"):
        finetune(batches, parameters, Schedule(2, 4, 1e-3), 0)


def test_progress_counts_every_step(batches) -> None:
    calls = []
    parameters = attach(batches.policy.model, PROJECTION, seed=0)
    done = finetune(batches, parameters, Schedule(3, 4, 1e-3), 0, lambda *values: calls.append(values))
    assert calls == [(step + 1, 3, loss) for step, loss in enumerate(done.losses)]
