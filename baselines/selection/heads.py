"""Head selection for a policy and its demonstrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from baselines import lookup
from baselines.data.frames import Frames
from baselines.data.keyframes import keyframes
from baselines.methods.steer import Steer
from baselines.policies.pi0.policy import Pi0Policy
from baselines.selection import activation_cache, stability
from baselines.selection.activation_cache import Reading
from baselines.selection.activations import grid
from baselines.selection.problem import KS, Head, Problem, Selection
from baselines.selection.selectors._base import Selector
from baselines.selection.sensitivity import PolicySensitivity
from baselines.training.trainability import Alive
from harness.core.errors import UserError
from harness.core.meter import Cost
from harness.core.rng import derive_rng

Selections = dict[str, Selection]  # by stream
Readings = Mapping[str, Reading]  # by token


def configured(method: Any, selector: str | None, include_dead: bool) -> Any:
    """`method` as the command line wants it; a control that names another selector than k-NN keeps it."""
    if not method.uses_heads:
        return method
    if selector and method.selector == Steer.selector:
        method = replace(method, selector=selector)
    return replace(method, include_dead=method.include_dead or include_dead)


def keyframe_rows(frames: Frames) -> NDArray[np.int64]:
    """Rows of `frames` that are keyframes of their demonstration."""
    rows = [np.flatnonzero(frames.episode == episode) for episode in np.unique(frames.episode)]
    return np.concatenate([own[keyframes(frames.state[own, :6], frames.actions[own])] for own in rows])


def stream_token(method: Steer, stream: str) -> str:
    """The token that is read to rank the heads of `stream`."""
    return "action_first" if stream == "expert" else method.token


def read_activations(
    policy: Pi0Policy,
    frames: Frames,
    embedded: Tensor,
    rows: NDArray[np.int64],
    method: Steer,
    seed: int,
    policy_sha256: str = "",
) -> Readings:
    """Activations by token, for every token that `method` reads; kept on disk under `policy_sha256`.

    `embedded` are the image tokens of all frames, see `baselines.training.image_features`.
    """
    tokens = {stream_token(method, stream) for stream in method.streams}
    return {
        token: activation_cache.read(policy, policy_sha256, frames, embedded, rows, token, seed)
        for token in sorted(tokens)
    }


def charge(cost: Cost, readings: Readings) -> None:
    """Charge FLOPs, and processor or device time of activations read from disk, as if recorded now.

    Otherwise the first method to need them would pay for all. Wall time stays what passed.
    """
    cost.flops = sum(reading.flops for reading in readings.values())
    for reading in readings.values():
        if reading.cached:
            cost.cpu_s += reading.recorded_cpu_s
            cost.device_s += reading.recorded_s if cost.device_s else 0.0


def default_count(policy: Pi0Policy, method: Steer) -> int:
    """Heads per stream: the paper's share of the grid."""
    layers, heads, _ = grid(policy.model)
    return max(method.min_heads, round(method.head_fraction * layers * heads))


def select_heads(
    frames: Frames,
    rows: NDArray[np.int64],
    readings: Readings,
    alive: Alive,
    method: Steer,
    num_heads: int,
    seed: int,
    policy: Pi0Policy | None = None,
    *,
    ks: tuple[int, ...] = KS,
    resamples: int = 0,
) -> Selections:
    """The best heads of each of the method's streams, among those that can change the action.

    Selectors that look at more than activations need `policy`; with `resamples` the selection is repeated
    on as many redrawn halves of the demonstrations. Raises UserError for too many heads.
    """
    selector: Selector = lookup.find("selector", method.selector)
    if method.unit != "head":
        selector = replace(selector, unit=method.unit)
    out = {}
    for stream in method.streams:
        reading = readings[stream_token(method, stream)]
        problem = Problem(
            reading.values,
            frames.actions[rows],
            frames.episode[rows],
            frames.step[rows],
            num_heads,
            ks,
            selector.unit,
            usable=_usable(alive, stream, method, num_heads),
            sensitivity=PolicySensitivity(policy, frames, rows, stream, seed) if policy else None,
        )
        found = selector.choose(problem, derive_rng("select", seed, stream))
        if resamples:
            rng = derive_rng("resamples", seed, stream)
            found = replace(found, stability=stability.measure(selector, problem, found, resamples, rng))
        out[stream] = replace(
            found,
            dead=tuple((int(layer), int(head)) for layer, head in np.argwhere(~alive.heads[stream])),
            recorded_s=reading.recorded_s,
            notes=(*found.notes, *["activations were recorded earlier and read from disk"] * reading.cached),
        )
    return out


def _usable(alive: Alive, stream: str, method: Steer, num_heads: int) -> NDArray[np.bool_]:
    living = alive.heads[stream]
    usable = np.ones_like(living) if method.include_dead else living
    count = int(usable.sum())
    if num_heads > count:
        raise UserError(
            f"{num_heads} heads asked for, but only {count} of {usable.size} in the {stream} stream can "
            f"change the action; give at most {count}"
        )
    return usable


def to_json(selections: Selections, method: Steer) -> dict[str, Any]:
    """What is written to heads/*.json: the first stream's selection, further streams under their names."""
    described = {
        stream: found.to_json()
        | {"stream": stream, "token": stream_token(method, stream), "include_dead": method.include_dead}
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
