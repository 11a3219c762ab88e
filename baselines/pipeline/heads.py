"""Head selection for a policy and its demonstrations, as a method asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Stream
from baselines.adaptable.trainable import Trainability
from baselines.adaptable.units import Head
from baselines.data.frames import Frames
from baselines.data.keyframes import keyframes
from baselines.methods import HeadMethod, Method
from baselines.selection import activation_cache, stability
from baselines.selection.activation_cache import Recording
from baselines.selection.problem import KS, Problem, Selection
from baselines.selection.selectors import Selector
from baselines.selection.sensitivity import PolicySensitivity
from harness.core import registry
from harness.core.errors import UserError
from harness.core.meter import Cost
from harness.core.rng import derive_rng

Selections = dict[str, Selection]
"""By stream."""

_FROM_DISK = "activations were recorded earlier and read from disk"


@dataclass(frozen=True)
class Material:
    """What heads are chosen by."""

    policy: AdaptablePolicy
    frames: Frames
    rows: NDArray[np.int64]
    """Keyframes, rows of `frames`."""
    recordings: Mapping[str, Recording]
    """Activations on the keyframes, by reading."""
    trainability: Trainability
    seed: int

    def charge(self, cost: Cost) -> None:
        """Charge FLOPs, and processor or device time of activations read from disk, as if recorded now.

        Otherwise the first method to need them would pay for all. Wall time stays what passed.
        """
        cost.flops = sum(recording.flops for recording in self.recordings.values())
        for recording in self.recordings.values():
            if recording.cached:
                cost.cpu_s += recording.recorded_cpu_s
                cost.device_s += recording.recorded_s if cost.device_s else 0.0


def configured(method: Method, selector: str | None, include_inert_heads: bool) -> Method:
    """`method` as the command line wants it; a control that names another selector than k-NN keeps it."""
    if not isinstance(method, HeadMethod):
        return method
    if selector and method.selector == HeadMethod.selector:
        method = replace(method, selector=selector)
    return replace(method, include_inert_heads=method.include_inert_heads or include_inert_heads)


def record(
    policy: AdaptablePolicy,
    frames: Frames,
    features: Tensor,
    trainability: Trainability,
    method: HeadMethod,
    seed: int,
    policy_sha256: str = "",
) -> Material:
    """Activations of every reading that `method` asks for, kept on disk under `policy_sha256`.

    `features` are those of all frames, see `baselines.training.features`. UserError for a stream or reading
    that the policy does not have.
    """
    policy.reading(method.reading)
    rows = keyframe_rows(frames)
    readings = {stream_reading(policy.stream(stream), method) for stream in method.streams}
    recordings = {
        reading: activation_cache.read(policy, policy_sha256, frames, features, rows, reading, seed)
        for reading in sorted(readings)
    }
    return Material(policy, frames, rows, recordings, trainability, seed)


def select(
    material: Material, method: HeadMethod, num_heads: int | None, *, ks: tuple[int, ...] = KS
) -> Selections:
    """The best heads of each of the method's streams, among those that can change the action.

    `num_heads` in each stream, by default the paper's share of its grid. Raises UserError for too many.
    """
    found, selector = {}, _selector(method)
    for name in method.streams:
        asked = problem(material, name, method, num_heads, selector.unit, ks)
        recording = material.recordings[stream_reading(material.policy.stream(name), method)]
        selection = selector.choose(asked, derive_rng("select", material.seed, name))
        found[name] = replace(
            selection,
            inert=material.trainability.inert(name),
            recorded_s=recording.recorded_s,
            notes=(*selection.notes, *[_FROM_DISK] * recording.cached),
        )
    return found


def with_stability(
    selections: Selections,
    material: Material,
    method: HeadMethod,
    num_heads: int | None,
    splits: int,
    *,
    ks: tuple[int, ...] = KS,
) -> Selections:
    """`selections` with how stable they are: repeated on that many redrawn halves of the demonstrations."""
    found, selector = {}, _selector(method)
    for name, selection in selections.items():
        asked = problem(material, name, method, num_heads, selector.unit, ks)
        rng = derive_rng("resamples", material.seed, name)
        measured = stability.measure(selector, asked, selection, splits, rng)
        found[name] = replace(selection, stability=measured)
    return found


def keyframe_rows(frames: Frames) -> NDArray[np.int64]:
    """Rows of `frames` that are keyframes of their demonstration."""
    rows = [np.flatnonzero(frames.episode == episode) for episode in np.unique(frames.episode)]
    return np.concatenate([own[keyframes(frames.state[own, :6], frames.actions[own])] for own in rows])


def stream_reading(stream: Stream, method: HeadMethod) -> str:
    """The reading by which the heads of `stream` are ranked."""
    return method.reading if method.reading in stream.readings else stream.readings[0]


def to_json(selections: Selections, policy: AdaptablePolicy, method: HeadMethod) -> dict[str, Any]:
    """What is written to heads/*.json: the first stream's selection, further streams under their names."""
    described = {
        name: found.to_json()
        | {
            "stream": name,
            "reading": stream_reading(policy.stream(name), method),
            "include_inert_heads": method.include_inert_heads,
        }
        for name, found in selections.items()
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


def problem(
    material: Material,
    name: str,
    method: HeadMethod,
    num_heads: int | None,
    unit: str,
    ks: tuple[int, ...] = KS,
) -> Problem:
    """What a selector of `unit` chooses among in the stream `name`. Raises UserError for too many heads."""
    frames, rows, stream = material.frames, material.rows, material.policy.stream(name)
    layers, heads = stream.grid
    count = num_heads or max(method.min_heads, round(method.head_fraction * layers * heads))
    return Problem(
        material.recordings[stream_reading(stream, method)].values,
        frames.actions[rows],
        frames.episode[rows],
        frames.step[rows],
        count,
        ks,
        unit,
        usable=_usable(material.trainability.heads[name], name, method, count),
        sensitivity=PolicySensitivity(material.policy, frames, rows, name, material.seed),
    )


def _selector(method: HeadMethod) -> Selector:
    selector: Selector = registry.find("selector", method.selector)
    return selector if method.unit == "head" else replace(selector, unit=method.unit)


def _usable(trainable: NDArray[np.bool_], stream: str, method: HeadMethod, count: int) -> NDArray[np.bool_]:
    usable = np.ones_like(trainable) if method.include_inert_heads else trainable
    available = int(usable.sum())
    if count > available:
        raise UserError(
            f"{count} heads asked for, but only {available} of {usable.size} in the {stream} stream can "
            f"change the action; give at most {available}"
        )
    return usable
