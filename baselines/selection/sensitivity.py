"""How the policy's loss depends on its heads: gradients of their outputs, and the loss without them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.adaptable.batch import Batch, Draws, Inputs
from baselines.adaptable.policy import AdaptablePolicy
from baselines.adaptable.streams import Stream, hooked
from baselines.adaptable.units import Head
from baselines.data.frames import Frames
from harness.core.rng import derive_rng

Table = NDArray[np.float64]

BATCH = 32
ABLATED_FRAMES = 64
"""Frames on which heads are left out, spread evenly: each head costs a forward pass over all of them."""


@dataclass(frozen=True)
class PolicySensitivity:
    """One stream of a policy on the frames `rows`; implements `problem.Sensitivity`.

    Every frame has its own random draws (noise, flow time), the same whichever head is looked at. All is
    computed in single precision: bfloat16 would drown what one head adds to the loss.
    """

    policy: AdaptablePolicy
    frames: Frames
    rows: NDArray[np.int64]
    stream: str
    seed: int

    def gradients(self) -> Table:
        """Over all tokens: [rows, layers, heads]."""
        return self._by_gradient[0]

    def gate_gradients(self) -> Table:
        """Over all tokens: [rows, layers, heads]."""
        return self._by_gradient[1]

    def loss_increases(self, units: Sequence[Sequence[Head]]) -> Table:
        """[rows, units]; ABLATED_FRAMES rows are tried, the others are NaN."""
        key = tuple(map(tuple, units))
        if key not in self._increases:
            self._increases[key] = self._measure_increases(units)
        return self._increases[key]

    def at(self, rows: NDArray[np.integer]) -> Part:
        """The same tables on some of the rows."""
        return Part(self, rows)

    @cached_property
    def _increases(self) -> dict[tuple[tuple[Head, ...], ...], Table]:
        return {}

    @cached_property
    def _by_gradient(self) -> tuple[Table, Table]:
        norms, gates = [], []
        heads, width = self._stream.info.heads, self._stream.info.head_size
        for start in range(0, len(self.rows), BATCH):
            places = np.arange(start, min(start + BATCH, len(self.rows)))
            with torch.no_grad():
                features = self._features(places)
            with _leaves(self.policy.model, self._stream) as seen:
                total = self._losses(places, features).sum()
            # Losses of other frames do not depend on a frame's heads, so one sum serves all of them.
            slopes = torch.autograd.grad(total, [leaf for leaf, _ in seen], materialize_grads=True)
            pairs = [
                (slope.unflatten(-1, (heads, width)), values.unflatten(-1, (heads, width)))
                for slope, (_, values) in zip(slopes, seen, strict=True)
            ]
            norms.append(torch.stack([slope.square().sum((1, 3)).sqrt() for slope, _ in pairs], 1))
            gates.append(torch.stack([(slope * values).sum((1, 3)) for slope, values in pairs], 1))
        return _table(norms), _table(gates)

    @torch.no_grad()
    def _measure_increases(self, units: Sequence[Sequence[Head]]) -> Table:
        count = min(ABLATED_FRAMES, len(self.rows))
        tried = np.linspace(0, len(self.rows) - 1, count).astype(np.int64)
        features = self._features(tried)
        whole = self._losses(tried, features)
        out = np.full((len(self.rows), len(units)), np.nan)
        for place, unit in enumerate(units):
            with _without(self.policy.model, self._stream, unit):
                out[tried, place] = _table([self._losses(tried, features) - whole])
        return out

    @property
    def _stream(self) -> Stream:
        return self.policy.stream(self.stream)

    def _features(self, places: NDArray[np.int64]) -> Tensor:
        return self.policy.embed_images(self.policy.tensor(self.frames.images[self.rows[places]]))

    def _losses(self, places: NDArray[np.int64], features: Tensor) -> Tensor:
        """Loss of each of the rows at `places`."""
        policy, frames, rows = self.policy, self.frames, self.rows[places]
        policy.model.eval()
        words = tuple(frames.instructions[number] for number in frames.instruction[rows])
        state = policy.tensor(policy.normalisation.state_in(frames.state[rows]))
        actions = policy.tensor(policy.normalisation.actions_in(frames.chunks[rows]))
        draws = {name: values[torch.from_numpy(places)] for name, values in self._draws.items()}
        return policy.losses(Batch(Inputs(features, words, state), actions, draws))

    @cached_property
    def _draws(self) -> Draws:
        return self.policy.draw(len(self.rows), derive_rng("sensitivity", self.seed))


@dataclass(frozen=True)
class Part:
    """Some rows of the tables of a `PolicySensitivity`."""

    whole: PolicySensitivity
    rows: NDArray[np.integer]

    def gradients(self) -> Table:
        """See `PolicySensitivity`."""
        return self.whole.gradients()[self.rows]

    def gate_gradients(self) -> Table:
        """See `PolicySensitivity`."""
        return self.whole.gate_gradients()[self.rows]

    def loss_increases(self, units: Sequence[Sequence[Head]]) -> Table:
        """See `PolicySensitivity`."""
        return self.whole.loss_increases(units)[self.rows]

    def at(self, rows: NDArray[np.integer]) -> Part:
        """See `PolicySensitivity`."""
        return Part(self.whole, self.rows[rows])


@contextlib.contextmanager
def _leaves(model: torch.nn.Module, stream: Stream) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Adds to every attention output a zero that gradients can be taken of; gives (zero, output)."""
    seen: list[tuple[Tensor, Tensor]] = []

    def visit(_: int, values: Tensor) -> Tensor:
        leaf = torch.zeros_like(values, requires_grad=True)
        seen.append((leaf, values.detach()))
        return values + leaf

    with hooked(model, stream, visit):
        yield seen


@contextlib.contextmanager
def _without(model: torch.nn.Module, stream: Stream, unit: Sequence[Head]) -> Iterator[None]:
    """Sets the attention output of the heads of `unit` to zero."""

    def visit(number: int, values: Tensor) -> Tensor | None:
        own = [head for layer, head in unit if layer == number]
        if not own:
            return None
        kept = torch.ones(stream.info.heads, device=values.device)
        kept[own] = 0
        return (values.unflatten(-1, (stream.info.heads, -1)) * kept[:, None]).flatten(-2)

    with hooked(model, stream, visit):
        yield


def _table(parts: Sequence[Tensor]) -> Table:
    return torch.cat(list(parts)).double().cpu().numpy()
