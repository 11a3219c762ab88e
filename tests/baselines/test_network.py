import numpy as np
import torch

from baselines.policies.pi0 import network
from baselines.policies.pi0.tokenizer import IMAGE_ID


def inputs(policy, observations):
    ids, mask = policy.tokenizer.encode([seen.instruction for seen in observations])
    pictures = np.stack([list(seen.images.values()) for seen in observations])
    state = np.stack([seen.state for seen in observations])
    return [policy.tensor(array) for array in (pictures, ids, mask, state)]


def test_loss_is_that_of_the_model_class(policy, observations) -> None:
    """The split into prefix and expert changes nothing against one forward call with images and ids."""
    pictures, ids, mask, state = inputs(policy, observations)
    rng = np.random.default_rng(0)
    draws = policy.draw(3, rng)
    actions = torch.from_numpy(rng.standard_normal((3, 10, 7), np.float32))
    with torch.no_grad():
        tokens = network.image_tokens(policy.model, pictures)
        prefix = network.encode_prefix(policy.model, tokens, ids, mask)
        ours = network.flow_loss(policy.model, prefix, state, actions, draws)
        image_ids = torch.full(tokens.shape[:2], IMAGE_ID)
        theirs = policy.model(
            state=state, noise=draws["noise"], timestep=draws["time"], actions=actions,
            input_ids=torch.cat([image_ids, ids], 1),
            attention_mask=torch.cat([torch.ones_like(image_ids), mask.long()], 1),
            pixel_values=network.to_pixels(pictures),
            pixel_attention_mask=torch.ones(3, 2, dtype=torch.bool),
        ).loss  # fmt: skip
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_denoise_is_that_of_the_model_class(policy, observations) -> None:
    pictures, ids, mask, state = inputs(policy, observations)
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 10, 7), np.float32))
    tokens = network.image_tokens(policy.model, pictures)
    prefix = network.encode_prefix(policy.model, tokens, ids, mask)
    image_ids = torch.full(tokens.shape[:2], IMAGE_ID)
    theirs = policy.model.sample_actions(
        state=state, input_ids=torch.cat([image_ids, ids], 1), noise=noise, num_steps=3,
        pixel_values=network.to_pixels(pictures),
        attention_mask=torch.cat([torch.ones_like(image_ids), mask.long()], 1),
        pixel_attention_mask=torch.ones(3, 2, dtype=torch.bool),
    )  # fmt: skip
    assert torch.allclose(network.denoise(policy.model, prefix, state, noise, 3), theirs, atol=1e-5)


def test_patch_layer_is_the_convolution_it_replaces(policy) -> None:
    layer = policy.model.model.vlm.vision_tower.embeddings.patch_embedding
    pixels = torch.randn(2, 3, 16, 16)
    expected = torch.nn.functional.conv2d(pixels, layer.weight, layer.bias, stride=layer.stride)
    assert torch.allclose(layer(pixels), expected, atol=1e-5)


def test_repeated_prefix_equals_repeated_rows(policy, observations) -> None:
    pictures, ids, mask, state = inputs(policy, observations)
    draws = policy.draw(6, np.random.default_rng(0))
    found = []
    with torch.no_grad():
        for times, inner in ((2, 1), (1, 2)):
            tokens = network.image_tokens(policy.model, pictures.repeat_interleave(inner, 0))
            words = ids.repeat_interleave(inner, 0), mask.repeat_interleave(inner, 0)
            prefix = network.encode_prefix(policy.model, tokens, *words).repeat(times)
            rows = state.repeat_interleave(2, 0)
            found.append(network.velocity(policy.model, prefix, rows, draws["noise"], draws["time"]))
    assert torch.allclose(*found, atol=1e-5)
