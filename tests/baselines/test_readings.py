"""Readings against the authors' extraction, written anew in plain torch: one frame at a time, no caches.

Source: `sample_actions` of models/pi0.py, models/gemma.py and head_tuning/adapters/base.py in
chancharikmitra/openpi_robotv.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from baselines.policies.pi0 import network
from baselines.selection.activations import head_activations, inputs
from harness.core.rng import derive_rng

ROWS, SEED = np.array([3, 25, 41]), 5


def norm(x, layer):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * (1 + layer.weight)


def rotate(x, positions):
    half = x.shape[-1] // 2
    angles = positions[:, None, None] / 10_000 ** (torch.arange(half) / half)
    one, two = x[..., :half], x[..., half:]
    return torch.cat([one * angles.cos() - two * angles.sin(), two * angles.cos() + one * angles.sin()], -1)


def joint_pass(model, prefix, suffix):
    """Both streams at once over one frame; attention outputs [layers, tokens, heads x size], suffix out."""
    config = model.config.vlm_config.text_config
    streams = (model.model.vlm.language_model.layers, model.model.dit.layers)
    length, total = len(prefix), len(prefix) + len(suffix)
    # Blocks of make_attn_mask: prefix, state, actions; each sees itself and those before it.
    block = torch.tensor([0] * length + [1] + [2] * (len(suffix) - 1))
    seen = block[None, :] <= block[:, None]
    positions, parts, encoded = torch.arange(total), [prefix, suffix], []
    for pair in zip(*streams, strict=True):
        normed = [norm(x, layer.input_layernorm) for x, layer in zip(parts, pair, strict=True)]
        query, key, value = (
            torch.cat(
                [
                    getattr(layer.self_attn, name)(x).unflatten(-1, (-1, config.head_dim))
                    for x, layer in zip(normed, pair, strict=True)
                ]
            )
            for name in ("q_proj", "k_proj", "v_proj")
        )
        query, key = rotate(query, positions) * config.head_dim**-0.5, rotate(key, positions)
        logits = torch.einsum("tnh,sh->nts", query, key[:, 0]).masked_fill(~seen, -2.4e38)
        out = torch.einsum("nts,sh->tnh", logits.softmax(-1), value[:, 0]).flatten(1)
        encoded.append(out)
        for place, (layer, rows) in enumerate(zip(pair, (out[:length], out[length:]), strict=True)):
            x = parts[place] + layer.self_attn.o_proj(rows)
            y, mlp = norm(x, layer.post_attention_layernorm), layer.mlp
            gate = functional.gelu(mlp.gate_proj(y), approximate="tanh")
            parts[place] = x + mlp.down_proj(gate * mlp.up_proj(y))
    return torch.stack(encoded), norm(parts[1], model.model.dit.norm)


def embed_suffix(model, state, actions, time):
    embed = model.embed_action_time
    width = embed.action_in_proj.out_features
    period = 4e-3 * (4.0 / 4e-3) ** torch.linspace(0, 1, width // 2)
    angle = time * 2 * torch.pi / period
    waves = torch.cat([angle.sin(), angle.cos()]).expand(len(actions), -1)
    mixed = torch.cat([embed.action_in_proj(actions), waves], -1)
    tokens = embed.action_time_mlp_out(functional.silu(embed.action_time_mlp_in(mixed)))
    return torch.cat([embed.state_proj(state)[None], tokens])


def extract(policy, seen, frame, noise):
    """`last_token_attn` and `first_action_token_attn` of one frame, as the authors' file names them."""
    model, steps = policy.model, policy.profile.denoise_steps
    ids, mask = policy.encode(seen.instructions[frame : frame + 1])
    words = model.model.vlm.get_input_embeddings()(ids[0][mask[0].bool()])
    prefix, state, x = torch.cat([seen.features[frame].float(), words]), seen.state[frame], noise
    time, dt = 1.0, -1.0 / steps
    while time >= -dt / 2:
        _, out = joint_pass(model, prefix, embed_suffix(model, state, x, time))
        x, time = x + dt * model.action_out_proj(out[1:]), time + dt
    encoded, _ = joint_pass(model, prefix, embed_suffix(model, state, x, 0.0))
    return encoded[:, len(prefix) - 1], encoded[:, len(prefix) + 1]


@pytest.fixture
def golden(policy, frames, monkeypatch):
    monkeypatch.setattr("baselines.adaptable.device.precision", lambda _: "float32")
    features = network.image_tokens(policy.model, policy.tensor(frames.images)).detach()
    seen = inputs(policy, frames, features, ROWS)
    places = zip(frames.episode[ROWS], frames.step[ROWS], strict=True)
    noise = [policy.draw(1, derive_rng("activations", SEED, *place))["noise"][0] for place in places]
    with torch.no_grad():
        found = [extract(policy, seen, frame, noise[frame]) for frame in range(len(ROWS))]
    return features, [torch.stack(values) for values in zip(*found, strict=True)]


@pytest.mark.parametrize(("name", "place"), [("prefix_last", 0), ("action_clean", 1)])
def test_readings_are_the_authors(policy, frames, golden, name, place) -> None:
    features, values = golden
    found, _ = head_activations(policy, frames, features, ROWS, name, SEED)
    expected = values[place].unflatten(-1, found.shape[2:]).numpy()
    assert np.abs(expected).max() > 0.01
    assert np.allclose(found, expected, atol=2e-6)


def test_each_frame_has_noise_of_its_own(policy, frames, golden) -> None:
    """It is that of the frame, whatever is read beside it, and it changes what is read."""
    features, _ = golden
    whole, alone, other = (
        head_activations(policy, frames, features, rows, "action_clean", seed)[0]
        for rows, seed in ((ROWS, SEED), (ROWS[1:2], SEED), (ROWS, SEED + 1))
    )
    assert np.allclose(whole[1], alone[0], atol=2e-6)
    assert np.abs(whole - other).max() > 1e-4
