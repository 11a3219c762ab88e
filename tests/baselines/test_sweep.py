import math

import numpy as np
import pytest
import torch

from baselines.adaptable.trainable import Trainable
from baselines.data.frames import Format, from_demonstrations
from baselines.training.attach import attach
from baselines.training.batches import Batches
from baselines.training.finetune import DivergenceError, Schedule
from baselines.training.lr_sweep import Sweep, split, sweep
from harness.core.errors import UserError

PROJECTION = Trainable(weights=("action_out_proj.weight", "action_out_proj.bias"))


def test_the_best_rate_is_found_and_leaves_no_trace(batches) -> None:
    parameters = attach(batches.policy, PROJECTION, seed=0)
    before = {name: value.detach().clone() for name, value in parameters.items()}
    found = sweep(batches, parameters, Schedule(100, 8, 3e-3), seed=0)
    assert list(found.losses) == pytest.approx([1e-3, 3e-3, 9e-3])
    assert found.best == min(found.losses, key=lambda rate: found.losses[rate])
    assert found.flops > 0
    assert all(torch.equal(before[name], value) for name, value in parameters.items())
    assert found == sweep(batches, parameters, Schedule(100, 8, 3e-3), seed=0)


def test_a_rate_that_diverges_is_not_chosen() -> None:
    assert Sweep({1e-3: 0.5, 1e-2: math.inf}, 0).best == 1e-3
    with pytest.raises(DivergenceError, match=r"at every learning rate of the sweep: 0\.001, 0\.01"):
        _ = Sweep({1e-3: math.inf, 1e-2: math.inf}, 0).best


def test_whole_demonstrations_are_held_out(make_demo, policy) -> None:
    frames = from_demonstrations([make_demo(seed) for seed in range(10)], Format(16, 10))
    training, validation = split(frames)
    held_out = set(frames.episode[validation])
    assert len(held_out) == 2
    assert held_out.isdisjoint(frames.episode[training])
    assert len(set(frames.episode[training])) == 8
    two = from_demonstrations([make_demo(0), make_demo(1)], Format(16, 10))
    assert [set(two.episode[rows]) for rows in split(two)] == [{0}, {1}]


def test_one_demonstration_is_too_few(make_demo, policy) -> None:
    frames = from_demonstrations([make_demo(0)], Format(16, 10))
    with pytest.raises(UserError, match="but there is only 1; use 2 or more"):
        sweep(Batches(policy, frames), {}, Schedule(1, 1, 1e-3), seed=0)
    assert np.unique(frames.episode).tolist() == [0]
