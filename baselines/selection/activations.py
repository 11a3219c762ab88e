"""Attention-head activations: the output of softmax times values, before the output projection."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.data.frames import Frames
from baselines.policies.pi0 import prefix_cache
from baselines.policies.pi0.network import Draws, Model, encode_prefix, pad, training_precision, velocity
from baselines.policies.pi0.policy import Pi0Policy
from baselines.training import flops
from harness.core.errors import UserError
from harness.core.rng import derive_rng

TOKENS = ("prefix_last", "action_first")
"""Last real prefix token (the paper's text), first action token of the expert (the released selection)."""

FIRST_ACTION = 1
"""Token 0 of the expert is the state."""


def attention_layers(model: Model, stream: str) -> list[Any]:
    """The self-attention modules of `stream` ("language" or "expert"), lowest layer first."""
    streams = {"language": model.model.vlm.language_model, "expert": model.model.dit}
    if stream not in streams:
        raise UserError(f"unknown stream {stream!r}; known: {', '.join(streams)}")
    return [layer.self_attn for layer in streams[stream].layers]


def grid(model: Model) -> tuple[int, int, int]:
    """Layers, heads per layer and numbers per head; the same in both streams."""
    config = model.config.vlm_config.text_config
    return config.num_hidden_layers, config.num_attention_heads, config.head_dim


@contextlib.contextmanager
def hooked(layers: list[Any], visit: Callable[[int, Tensor], Tensor | None]) -> Iterator[None]:
    """Show `visit` the input of every output projection, with the number of its layer.

    That input holds the attention output of all query heads, [batch, length, heads x d_head], whether or
    not they share keys and values: head h is h x d_head to (h + 1) x d_head. What `visit` returns takes the
    input's place. The hooks are gone when the context ends, however it ends.
    """
    with contextlib.ExitStack() as hooks:
        for number, layer in enumerate(layers):

            def hook(_: Any, inputs: tuple[Tensor], number: int = number) -> tuple[Tensor] | None:
                changed = visit(number, inputs[0])
                return None if changed is None else (changed,)

            hooks.callback(layer.o_proj.register_forward_pre_hook(hook).remove)
        yield


@contextlib.contextmanager
def recorded(layers: list[Any]) -> Iterator[list[Tensor]]:
    """Inputs of every output projection of the forward passes inside; see `hooked`."""
    seen: list[Tensor] = []
    with hooked(layers, lambda _, values: seen.append(values)):
        yield seen


@torch.no_grad()
def head_activations(
    policy: Pi0Policy,
    frames: Frames,
    embedded: Tensor,
    rows: NDArray[np.integer],
    token: str,
    seed: int,
    batch: int = 32,
) -> tuple[NDArray[np.float32], int]:
    """Activations of every head at `token` on the frames `rows`: [rows, layers, heads, d_head]; and FLOPs.

    `embedded` are the image tokens of all frames (`baselines.training.image_features`). Computed in the
    precision of training, as the authors' code does. The expert is read at the first denoising step
    (time 1), with one noise sample for all frames, drawn from `seed`: activations of two frames differ by
    what the policy sees. FLOPs are those of matrix products, counted in the first batch.
    """
    if token not in TOKENS:
        raise UserError(f"unknown token {token!r}; known: {', '.join(TOKENS)}")
    policy.model.eval()
    layers, heads, width = grid(policy.model)
    out = np.empty((len(rows), layers, heads, width), np.float32)
    counter = flops.counter()
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        with training_precision(policy.device), contextlib.nullcontext() if start else counter:
            if token == "prefix_last":
                found = _prefix_last(policy, frames, embedded, part)
            else:
                found = _action_first(policy, frames, embedded, part, derive_rng("activations", seed))
        out[start : start + batch] = found.reshape(len(part), layers, heads, width).float().cpu().numpy()
    return out, counter.get_total_flops() * len(rows) // min(batch, len(rows))


def _prefix_last(policy: Pi0Policy, frames: Frames, embedded: Tensor, rows: NDArray[np.integer]) -> Tensor:
    tokens, ids, mask = inputs(policy, frames, embedded, rows)
    with recorded(attention_layers(policy.model, "language")) as seen:
        prefix = encode_prefix(policy.model, tokens, ids, mask)
    last = prefix.mask.sum(1) - 1  # padding is on the right
    return torch.stack([values[torch.arange(len(last)), last] for values in seen], 1)


def _action_first(
    policy: Pi0Policy,
    frames: Frames,
    embedded: Tensor,
    rows: NDArray[np.integer],
    rng: np.random.Generator,
) -> Tensor:
    tokens, ids, mask = inputs(policy, frames, embedded, rows)
    hidden = prefix_cache.embed(policy.model, tokens, ids)
    # The expert reads keys and values alone: the rest of the last language layer is not computed.
    whole, padded = prefix_cache.whole_mask(mask, hidden.shape[1]), not bool(mask.all())
    prefix = prefix_cache.finish(policy.model, prefix_cache.Stem(hidden), whole, padded)
    draws = Draws.sample(policy.model.config, 1, rng, policy.device)
    noise = draws.noise.expand(len(rows), -1, -1)
    state = pad(policy.tensor(policy.stats.state_in(frames.state[rows])), policy.model.config.max_state_dim)
    with recorded(attention_layers(policy.model, "expert")) as seen:
        velocity(policy.model, prefix, state, noise, torch.ones_like(state[:, 0]))
    return torch.stack([values[:, FIRST_ACTION] for values in seen], 1)


def inputs(
    policy: Pi0Policy, frames: Frames, embedded: Tensor, rows: NDArray[np.integer]
) -> tuple[Tensor, Tensor, Tensor]:
    """Image tokens, instruction ids and their mask."""
    ids, mask = policy.tokenizer.encode([frames.instructions[i] for i in frames.instruction[rows]])
    return embedded[torch.from_numpy(rows)].to(policy.device), policy.tensor(ids), policy.tensor(mask)
