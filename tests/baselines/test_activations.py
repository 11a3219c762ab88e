import numpy as np
import pytest
import torch

from baselines import activations as reading
from baselines.frames import from_demonstrations
from baselines.keyframes import keyframes
from harness.types import UserError


def hooks(model) -> int:
    return sum(len(module._forward_pre_hooks) for module in model.modules())


def test_hooks_are_undone_even_after_an_error(policy) -> None:
    layers = reading.attention_layers(policy.model, "expert")

    def fail() -> None:
        with reading.recorded(layers):
            assert hooks(policy.model) == 3
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert hooks(policy.model) == 0


@pytest.mark.parametrize("token", reading.TOKENS)
def test_grid_and_determinism(policy, frames, token) -> None:
    rows = np.arange(0, 20, 3)
    found = reading.head_activations(policy, frames, rows, token, seed=0)
    assert found.shape == (7, 3, 4, 8)
    assert found.dtype == np.float32
    single = reading.head_activations(policy, frames, rows, token, seed=0, batch=1)
    assert np.allclose(found, single, atol=1e-5)
    assert hooks(policy.model) == 0


def test_prefix_last_is_the_last_real_token(policy, make_demo) -> None:
    """A short instruction beside a long one: padding is never read."""
    short, long = make_demo(0, instruction="lift"), make_demo(1, instruction="put the red bowl on the plate")
    both = from_demonstrations([short, long], 16, 10)
    alone = from_demonstrations([short], 16, 10)
    row = np.array([0, len(alone)])
    together = reading.head_activations(policy, both, row, "prefix_last", 0)
    single = reading.head_activations(policy, alone, row[:1], "prefix_last", 0)
    assert np.allclose(together[0], single[0], atol=1e-5)


def test_heads_are_slices_before_the_output_projection(policy, frames) -> None:
    """Zeroing the columns of one head removes exactly that head's activation from the layer's output."""
    layer = reading.attention_layers(policy.model, "language")[0]
    outputs = []
    handle = layer.o_proj.register_forward_hook(lambda _, __, output: outputs.append(output))
    with torch.no_grad(), reading.recorded([layer]) as seen:
        reading.encode_frames(policy, frames, np.array([0]))
        weight = layer.o_proj.weight.clone()
        layer.o_proj.weight[:, 2 * 8 : 3 * 8] = 0
        reading.encode_frames(policy, frames, np.array([0]))
    handle.remove()
    head = seen[0].unflatten(-1, (4, 8))[..., 2, :]
    expected = head @ weight.unflatten(1, (4, 8))[:, 2].T
    assert torch.allclose(outputs[0] - outputs[1], expected, atol=1e-5)


def test_unknown_token_and_stream(policy, frames) -> None:
    with pytest.raises(UserError, match="known: prefix_last, action_first"):
        reading.head_activations(policy, frames, np.array([0]), "x", 0)
    with pytest.raises(UserError, match="known: language, expert"):
        reading.attention_layers(policy.model, "x")


def test_keyframes() -> None:
    pose, actions = np.zeros((8, 6)), -np.ones((8, 7))
    pose[:, 0] = [0, 0.1, 0.2, 0.24, 0.4, 0.5, 0.6, 0.7]  # frame 3 moves by 0.04
    actions[5:, 6] = 1
    assert keyframes(pose, actions).tolist() == [0, 3, 5, 7]
