from dataclasses import replace

import numpy as np
import torch

from baselines.policies.sources.spec import load_policy
from harness.core import registry
from harness.core.protocols import Policy
from harness.core.rng import derive_rng


def test_is_a_policy(policy) -> None:
    assert isinstance(policy, Policy)


def test_chunks_in_range_whatever_the_image_size(policy, observations) -> None:
    stretch = np.ones((3, 2, 1), np.uint8)
    large = [
        replace(seen, images={**seen.images, "agentview": np.kron(seen.images["agentview"], stretch)})
        for seen in observations
    ]
    chunks = policy.act(large, [derive_rng(i) for i in range(3)])
    assert chunks.shape == (3, policy.horizon, 7)
    assert chunks.dtype == np.float32
    assert np.abs(chunks).max() <= 1.0


def test_a_row_depends_on_its_own_generator_only(policy, observations) -> None:
    """Alone or beside rows with longer instructions: the same actions."""
    together = policy.act(observations, [derive_rng("noise", i) for i in range(3)])
    for place, seen in enumerate(observations):
        alone = policy.act([seen], [derive_rng("noise", place)])
        assert np.allclose(alone[0], together[place], atol=1e-5)
    other = policy.act(observations[:1], [derive_rng("other")])
    assert not np.allclose(other[0], together[0], atol=1e-3)


def test_the_prompt_and_both_cameras_matter(policy, observations) -> None:
    seen = observations[0]
    base = policy.act([seen], [derive_rng(0)])
    blank = np.zeros_like(seen.images["agentview"])
    for changed in (
        replace(seen, images={**seen.images, "agentview": blank}),
        replace(seen, images={**seen.images, "wrist": blank}),
        replace(seen, state=seen.state + 1),
        replace(seen, instruction="lift the red cube"),
    ):
        assert not np.array_equal(policy.act([changed], [derive_rng(0)]), base)


def test_fake_is_the_same_at_every_load_and_leaves_torch_alone(policy) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    again = load_policy("fake", "cpu").model.state_dict()
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(value, again[name]) for name, value in policy.model.state_dict().items())


def test_the_fake_is_described_without_a_model_and_rightly(policy) -> None:
    described = registry.find("policy", "fake").describe()
    assert described.total_params == sum(value.numel() for value in policy.model.parameters())
