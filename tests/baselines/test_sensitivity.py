import numpy as np
import pytest
import torch

from baselines.selection.sensitivity import PolicySensitivity


@pytest.fixture
def sensitivity(policy, frames):
    return PolicySensitivity(policy, frames, np.arange(0, 50, 7), "language", seed=0)


def hooks(model) -> int:
    return sum(len(module._forward_pre_hooks) for module in model.modules())


@pytest.mark.parametrize("stream", ["language", "expert"])
def test_heads_that_cannot_act_have_no_gradient(policy, frames, stream) -> None:
    found = PolicySensitivity(policy, frames, np.arange(0, 50, 7), stream, seed=0)
    for table in (found.gradients(), found.gate_gradients()):
        assert table.shape == (8, 3, 4)
        assert table[:, :2].any((0, 2)).all()
        assert table[:, 2].any() == (stream == "expert")
    increases = found.loss_increases([((2, 1),), ((0, 0), (0, 1))])
    assert (increases[:, 0] == 0).all() == (stream == "language")
    assert np.abs(increases[:, 1]).max() > 1e-6
    assert hooks(policy.model) == 0
    assert all(value.grad is None for value in policy.model.parameters())


def test_gates_are_the_slope_of_the_loss(sensitivity) -> None:
    """A head whose output is scaled by 1 + h changes each frame's loss by h times its gate's derivative."""
    policy, h = sensitivity.policy, 1e-2
    weight = policy.model.get_submodule(policy.streams["language"].layers[1].output).weight
    places = np.arange(8)
    losses = []
    with torch.no_grad():
        for factor in (1 + h, (1 - h) / (1 + h)):
            weight[:, 8:16] *= factor
            losses.append(sensitivity._losses(places, sensitivity._features(places)).double())
        weight[:, 8:16] /= 1 - h
    slope = ((losses[0] - losses[1]) / (2 * h)).numpy()
    assert np.abs(slope).max() > 1e-4
    assert sensitivity.gate_gradients()[:, 1, 1] == pytest.approx(slope, rel=0.05, abs=2e-5)


def test_frames_do_not_depend_on_their_batch(sensitivity, monkeypatch) -> None:
    expected = sensitivity.gradients()
    monkeypatch.setattr("baselines.selection.sensitivity.BATCH", 3)
    again = PolicySensitivity(sensitivity.policy, sensitivity.frames, sensitivity.rows, "language", 0)
    assert again.gradients() == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_parts_are_rows(sensitivity, monkeypatch) -> None:
    monkeypatch.setattr("baselines.selection.sensitivity.ABLATED_FRAMES", 3)
    units = [((0, 0),), ((1, 2),)]
    increases = sensitivity.loss_increases(units)
    assert np.isfinite(increases[[0, 3, 7]]).all()
    assert np.isnan(np.delete(increases, [0, 3, 7], 0)).all()
    part = sensitivity.at(np.array([0, 3, 5])).at(np.array([1, 0]))
    assert np.array_equal(part.gradients(), sensitivity.gradients()[[3, 0]])
    assert np.array_equal(part.loss_increases(units), increases[[3, 0]])
