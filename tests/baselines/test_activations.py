import numpy as np
import pytest
import torch

from baselines.adaptable import device
from baselines.adaptable.streams import recorded
from baselines.data.frames import Format, from_demonstrations
from baselines.data.keyframes import keyframes
from baselines.policies.pi0 import network
from baselines.policies.pi0.network import encode_prefix
from baselines.selection import activations as reading
from baselines.training import features
from baselines.training.features import embed_images
from harness.core.errors import UserError
from harness.core.rng import derive_rng


@pytest.fixture
def single_precision(monkeypatch):
    """Whatever the processor is good at; to be named before the fixtures that compute."""
    for module in (device, features):
        monkeypatch.setattr(module, "precision", lambda _: "float32")


def hooks(model) -> int:
    return sum(len(module._forward_pre_hooks) for module in model.modules())


def test_hooks_are_undone_even_after_an_error(policy) -> None:
    def fail() -> None:
        with recorded(policy.model, policy.streams["expert"]):
            assert hooks(policy.model) == 3
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert hooks(policy.model) == 0


@pytest.mark.parametrize("name", ["prefix_last", "action_clean", "action_noise"])
def test_grid_and_determinism(single_precision, policy, frames, embedded, name) -> None:
    rows = np.arange(0, 20, 3)
    found, flops = reading.head_activations(policy, frames, embedded, rows, name, seed=0)
    assert found.shape == (7, 3, 4, 8)
    assert found.dtype == np.float32
    single, same = reading.head_activations(policy, frames, embedded, rows, name, seed=0, batch=1)
    assert np.allclose(found, single, atol=1e-5)
    assert flops == same > 0
    assert hooks(policy.model) == 0


def test_prefix_last_is_the_last_real_token(single_precision, policy, make_demo) -> None:
    """A short instruction beside a long one: padding is never read."""
    short, long = make_demo(0, instruction="lift"), make_demo(1, instruction="put the red bowl on the plate")
    both = from_demonstrations([short, long], Format(16, 10))
    alone = from_demonstrations([short], Format(16, 10))
    row = np.array([0, len(alone)])
    together, single = (
        reading.head_activations(policy, frames, embed_images(policy, frames), rows, "prefix_last", 0)[0]
        for frames, rows in ((both, row), (alone, row[:1]))
    )
    assert np.allclose(together[0], single[0], atol=1e-5)


def test_heads_are_slices_before_the_output_projection(policy, frames, embedded) -> None:
    """Zeroing the columns of one head removes exactly that head's activation from the layer's output."""
    layer = policy.model.get_submodule(policy.streams["language"].layers[0].output)
    outputs = []
    handle = layer.register_forward_hook(lambda _, __, output: outputs.append(output))
    inputs = reading.inputs(policy, frames, embedded, np.array([0]))
    words = policy.encode(inputs.instructions)
    with torch.no_grad(), recorded(policy.model, policy.streams["language"]) as seen:
        encode_prefix(policy.model, inputs.features, *words)
        weight = layer.weight.clone()
        layer.weight[:, 2 * 8 : 3 * 8] = 0
        encode_prefix(policy.model, inputs.features, *words)
    handle.remove()
    head = seen[0].unflatten(-1, (4, 8))[..., 2, :]
    expected = head @ weight.unflatten(1, (4, 8))[:, 2].T
    assert torch.allclose(outputs[0] - outputs[1], expected, atol=1e-5)


def test_the_expert_sees_what_it_sees_in_training(single_precision, policy, frames, embedded) -> None:
    """Neither kept image tokens nor the rest of the last layer, which is left out, change its activations."""
    rows, seed = np.array([3, 7]), 5
    found, _ = reading.head_activations(policy, frames, embedded, rows, "action_noise", seed)
    tokens = network.image_tokens(policy.model, policy.tensor(frames.images[rows]))
    inputs = reading.inputs(policy, frames, embedded, rows)
    noise = policy.draw(1, derive_rng("activations", seed))["noise"].expand(2, -1, -1)
    state = policy.tensor(policy.normalisation.state_in(frames.state[rows]))
    with torch.no_grad(), recorded(policy.model, policy.streams["expert"]) as seen:
        prefix = encode_prefix(policy.model, tokens, *policy.encode(inputs.instructions))
        network.velocity(policy.model, prefix, state, noise, torch.ones(2))
    expected = torch.stack([values[:, 1] for values in seen], 1).view(2, 3, 4, 8)
    assert np.allclose(found, expected, atol=1e-5)


def test_unknown_reading_and_stream(policy, frames, embedded) -> None:
    with pytest.raises(
        UserError, match="unknown reading 'x'; fake has action_clean, action_noise, prefix_last"
    ):
        reading.head_activations(policy, frames, embedded, np.array([0]), "x", 0)
    with pytest.raises(UserError, match="unknown stream 'x'; fake has language, expert"):
        policy.stream("x")


def test_keyframes() -> None:
    pose, actions = np.zeros((8, 6)), -np.ones((8, 7))
    pose[:, 0] = [0, 0.1, 0.2, 0.24, 0.4, 0.5, 0.6, 0.7]  # frame 3 moves by 0.04
    actions[5:, 6] = 1
    assert keyframes(pose, actions).tolist() == [0, 3, 5, 7]
