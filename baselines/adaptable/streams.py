"""Streams of a policy by the names of their modules, and a view of what every attention head puts out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from baselines.adaptable.units import ATTENTION, FEED_FORWARD
from harness.core.specs import StreamInfo


@dataclass(frozen=True)
class Layer:
    """Names of the linear modules of one layer within the policy's model, as `get_submodule` takes them.

    The query projection puts out all query heads one after the other, which the output projection takes:
    head h is numbers h x head_size to (h + 1) x head_size of both.
    """

    query: str
    key: str
    value: str
    output: str
    feed_forward: tuple[str, ...] = ()

    @property
    def attention(self) -> tuple[str, ...]:
        """All projections of the attention."""
        return self.query, self.key, self.value, self.output

    def modules(self, kinds: Collection[str]) -> tuple[str, ...]:
        """All linear modules of those kinds: `attention`, `feed_forward`."""
        known = {ATTENTION: self.attention, FEED_FORWARD: self.feed_forward}
        return tuple(name for kind, names in known.items() if kind in kinds for name in names)


@dataclass(frozen=True)
class Stream:
    """One stack of attention layers; every stream has a grid of its own."""

    info: StreamInfo
    layers: tuple[Layer, ...]
    """Lowest first."""
    readings: tuple[str, ...]
    """Names of the policy's readings by which its heads can be ranked; the first is the usual one."""

    @property
    def grid(self) -> tuple[int, int]:
        """Layers and query heads a layer."""
        return self.info.layers, self.info.heads


@contextlib.contextmanager
def hooked(model: nn.Module, stream: Stream, visit: Callable[[int, Tensor], Tensor | None]) -> Iterator[None]:
    """Show `visit` the input of every output projection of `stream`, with the number of its layer.

    That input is the attention output of all query heads, [batch, length, heads x head_size], whether or
    not they share keys and values. What `visit` returns takes its place. The hooks are gone when the
    context ends, however it ends.
    """
    with contextlib.ExitStack() as hooks:
        for number, layer in enumerate(stream.layers):

            def hook(_: nn.Module, inputs: tuple[Tensor], number: int = number) -> tuple[Tensor] | None:
                changed = visit(number, inputs[0])
                return None if changed is None else (changed,)

            hooks.callback(model.get_submodule(layer.output).register_forward_pre_hook(hook).remove)
        yield


@contextlib.contextmanager
def recorded(model: nn.Module, stream: Stream) -> Iterator[list[Tensor]]:
    """Attention outputs of every layer of `stream` in the forward passes inside; see `hooked`."""
    seen: list[Tensor] = []
    with hooked(model, stream, lambda _, values: seen.append(values)):
        yield seen
