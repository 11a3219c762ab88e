"""Head selection for a policy and its demonstrations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines import lookup
from baselines.activations import grid, head_activations
from baselines.frames import Frames
from baselines.gradients import Alive
from baselines.keyframes import keyframes
from baselines.methods.steer import Steer
from baselines.pi0.policy import Pi0Policy
from baselines.selection import Head, Selection
from harness.types import UserError, derive_rng

Selections = dict[str, Selection]  # by stream


def keyframe_rows(frames: Frames) -> NDArray[np.int64]:
    """Rows of `frames` that are keyframes of their demonstration."""
    rows = [np.flatnonzero(frames.episode == episode) for episode in np.unique(frames.episode)]
    return np.concatenate([own[keyframes(frames.state[own, :6], frames.actions[own])] for own in rows])


def stream_token(method: Steer, stream: str) -> str:
    """The token that is read to rank the heads of `stream`."""
    return "action_first" if stream == "expert" else method.token


def read_activations(
    policy: Pi0Policy, frames: Frames, rows: NDArray[np.int64], method: Steer, seed: int
) -> dict[str, NDArray[np.float32]]:
    """Activations [rows, layers, heads, d_head] by token, for every token that `method` reads."""
    tokens = {stream_token(method, stream) for stream in method.streams}
    return {token: head_activations(policy, frames, rows, token, seed) for token in sorted(tokens)}


def default_count(policy: Pi0Policy, method: Steer) -> int:
    """Heads per stream: the paper's share of the grid."""
    layers, heads, _ = grid(policy.model)
    return max(method.min_heads, round(method.head_fraction * layers * heads))


def select_heads(
    frames: Frames,
    rows: NDArray[np.int64],
    activations: dict[str, NDArray[np.float32]],
    alive: Alive,
    method: Steer,
    num_heads: int,
    seed: int,
) -> Selections:
    """The best heads of each of the method's streams, among those that can change the action."""
    out = {}
    for stream in method.streams:
        found = activations[stream_token(method, stream)]
        usable = np.ones_like(alive.heads[stream]) if method.include_dead else alive.heads[stream]
        count = int(usable.sum())
        if num_heads > count:
            raise UserError(
                f"{num_heads} heads asked for, but only {count} of {usable.size} in the {stream} stream can "
                f"change the action; give at most {count}"
            )
        units = _units(usable, method.unit)
        selector = lookup.find("selector", method.selector)
        # One head per "layer": selectors need not know what a unit is, or that some are out of the question.
        chosen = selector.select(
            np.stack([found[:, unit].reshape(len(rows), -1) for unit in units], 1)[:, :, None],
            frames.actions[rows],
            frames.episode[rows],
            frames.step[rows],
            math.ceil(num_heads / max(int(unit.sum()) for unit in units)),
            derive_rng("select", seed, stream),
        )
        out[stream] = _on_grid(chosen, units)
    return out


def _units(usable: NDArray[np.bool_], kind: str) -> list[NDArray[np.bool_]]:
    """Masks [layers, heads] of what is chosen as one: every usable head, or those of every layer."""
    if kind == "head":
        masks = np.zeros((int(usable.sum()), *usable.shape), bool)
        masks[np.arange(len(masks)), *np.nonzero(usable)] = True
    elif kind == "layer":
        masks = np.eye(len(usable), dtype=bool)[usable.any(1), :, None] & usable
    else:
        raise UserError(f"unknown unit {kind!r} of head selection; known: head, layer")
    return list(masks)


def _on_grid(chosen: Selection, units: list[NDArray[np.bool_]]) -> Selection:
    scores = np.full(units[0].shape, np.nan)
    for unit, score in zip(units, chosen.scores[:, 0], strict=True):
        scores[unit] = score
    heads = tuple(
        (int(layer), int(head)) for place, _ in chosen.heads for layer, head in np.argwhere(units[place])
    )
    return Selection(heads, chosen.k, chosen.mse, chosen.mse_by_k, scores, chosen.selector)


def to_json(selections: Selections, method: Steer) -> dict[str, Any]:
    """What is written to heads/*.json: the first stream's selection, further streams under their names."""
    described = {
        stream: found.to_json() | {"stream": stream, "token": stream_token(method, stream)}
        for stream, found in selections.items()
    }
    first, *others = method.streams
    return described[first] | {stream: described[stream] for stream in others}


def flat(selections: Selections) -> list[Sequence[Any]]:
    """[layer, head] of a single stream, [stream, layer, head] of several."""
    if len(selections) == 1:
        return [list(head) for found in selections.values() for head in found.heads]
    return [[stream, *head] for stream, found in selections.items() for head in found.heads]


def by_stream(selections: Selections) -> dict[str, tuple[Head, ...]]:
    """Heads of each stream, best first."""
    return {stream: found.heads for stream, found in selections.items()}
