"""Leave-one-episode-out k-nearest-neighbour regression of actions on head activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.core.errors import UserError

EPSILON = 1e-8
"""Added to distances before they become weights; a nearer neighbour is copied (released code)."""
SINGLE_GAP = 30
"""With one demonstration only, frames this close to the target are no neighbours (released code)."""
BLOCK = 256
"""Target frames per matrix product: about one episode of keyframes, so that a block stays in the cache."""
NEAR = 1e-2
"""Distances below this are computed again from differences: 1 - cosine has lost their digits."""
GROUP = 8
"""Frames of which the nearest is looked at first. Near sqrt(frames / neighbours) least is sorted."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Block:
    """Target frames that are scored together."""

    rows: Tensor  # [rows]
    span: slice  # of frames; those outside may help to predict any of the rows
    banned: Tensor  # [rows, span], frames that may not


@dataclass(frozen=True)
class Base:
    """Heads that are in every set that is scored."""

    parts: Sequence[Tensor]  # each [frames, d]
    products: Tensor  # [frames, frames], their inner products, summed


def allowed_neighbours(episode: NDArray[np.integer], frame: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mask [frames, frames]: may column j help to predict row i?

    Frames of other episodes; with a single episode, frames more than SINGLE_GAP away. Raises UserError
    where no frame has a neighbour.
    """
    if len(np.unique(episode)) > 1:
        return episode[:, None] != episode[None, :]
    allowed = np.abs(frame[:, None] - frame[None, :]) > SINGLE_GAP
    if not allowed.any():
        raise UserError(
            f"the only demonstration spans {int(np.ptp(frame))} steps, so that no two frames are more than "
            f"{SINGLE_GAP} apart; give a longer demonstration or a second one"
        )
    return allowed


def blocks(allowed: NDArray[np.bool_]) -> list[Block]:
    """All frames that have a neighbour, in blocks; `allowed` as in `allowed_neighbours`.

    Frames of one episode follow each other, so that only few columns need to be masked.
    """
    found = []
    for rows in torch.from_numpy(np.flatnonzero(allowed.any(1))).split(BLOCK):
        banned = ~allowed[rows.numpy()]
        columns = np.flatnonzero(banned.any(0))
        span = slice(columns[0], columns[-1] + 1) if len(columns) else slice(0)
        found.append(Block(rows, span, torch.from_numpy(banned[:, span].copy())))
    return found


@torch.no_grad()
def base(parts: Sequence[Floats]) -> Base:
    """Heads [frames, d] that every set shall hold."""
    tensors = [torch.from_numpy(np.ascontiguousarray(part)) for part in parts]
    products = tensors[0] @ tensors[0].T
    for part in tensors[1:]:
        products.addmm_(part, part.T)
    return Base(tensors, products)


@torch.no_grad()
def errors(
    parts: Sequence[Floats],
    sets: Sequence[Sequence[int]],
    actions: Floats,
    blocks: Sequence[Block],
    ks: Sequence[int],
    base: Base | None = None,
) -> NDArray[np.float64]:
    """Mean squared prediction error over frames and action components: [sets, ks].

    `parts` are activations [frames, d] of single heads, and each set names by index the parts that are laid
    side by side, besides those of `base`. Distance is 1 - cosine; weights are 1 / (distance + EPSILON),
    normalised over the k nearest (all that are allowed where there are fewer); a neighbour nearer than
    EPSILON is copied. Frames without any neighbour, in the middle of a short single demonstration, are not
    scored.

    The inner products of a part with itself serve every set that holds it: sets are sums of them.
    """
    tensors = [torch.from_numpy(np.ascontiguousarray(part)) for part in parts]
    always = list(base.parts) if base else []
    members = [[*always, *(tensors[part] for part in chosen)] for chosen in sets]
    scales = [_inverse_norms(own) for own in members]
    targets = torch.from_numpy(actions.astype(np.float64))
    most = min(max(ks), len(actions))
    last = torch.tensor([min(k, most) - 1 for k in ks])
    squared = np.zeros((len(sets), len(ks)))
    for block in blocks:
        rows = block.rows
        similar = _inner_products(tensors, sets, rows, base.products if base else None)
        for place, (own, scale) in enumerate(zip(members, scales, strict=True)):
            values = similar[place].mul_(scale)
            values[:, block.span].masked_fill_(block.banned, -torch.inf)
            values, near = _largest(values, most)
            units = [(part, scale) for part in own]
            distance, near = _ordered(1 - values * scale[rows, None], near, rows, units)
            guess = _weighted_means(distance.double(), targets[near])[:, last]
            squared[place] += (guess - targets[rows, None]).square().sum((0, 2)).numpy()
    return squared / (sum(len(block.rows) for block in blocks) * actions.shape[1])


def _inverse_norms(parts: Sequence[Tensor]) -> Tensor:
    squares = torch.stack([part.square().sum(1) for part in parts]).sum(0)
    return squares.clamp_min(torch.finfo(squares.dtype).tiny).rsqrt()


def _inner_products(
    parts: Sequence[Tensor], sets: Sequence[Sequence[int]], rows: Tensor, base: Tensor | None
) -> list[Tensor]:
    """For each set [rows, frames], summed over its parts and `base`; every part is multiplied once."""
    sums: list[Tensor | None] = [None if base is None else base[rows] for _ in sets]
    for part in sorted({part for chosen in sets for part in chosen}):
        product = parts[part][rows] @ parts[part].T
        for place, chosen in enumerate(sets):
            if part in chosen:
                before = sums[place]
                own = product if len(sets) == 1 else product.clone()
                sums[place] = own if before is None else before.add_(product)
    return [found for found in sums if found is not None]


def _largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of each row [rows, frames] and their columns, in any order.

    They lie in the `count` groups with the largest maxima: most groups need not be sorted.
    """
    frames = values.shape[1]
    groups = frames // GROUP
    if frames <= 2 * GROUP * count:
        found = values.topk(count, sorted=False)
        return found.values, found.indices
    maxima = values[:, : groups * GROUP].unflatten(1, (GROUP, groups)).amax(1)
    best = maxima.topk(count, sorted=False).indices
    inside = (best[:, None] + groups * torch.arange(GROUP)[:, None]).flatten(1)
    rest = torch.arange(groups * GROUP, frames).expand(len(values), -1)
    columns = torch.cat([inside, rest], 1)
    found = values.gather(1, columns).topk(count, sorted=False)
    return found.values, columns.gather(1, found.indices)


def _ordered(
    distance: Tensor, near: Tensor, rows: Tensor, units: Sequence[tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Neighbours [rows, k] nearest first, equals in the order of frames, with exact small distances."""
    close, column = torch.nonzero(distance < NEAR, as_tuple=True)
    if len(close):
        target, other = rows[close], near[close, column]
        halves = [
            (part[target] * scale[target, None] - part[other] * scale[other, None]).square().sum(1) / 2
            for part, scale in units
        ]
        distance[close, column] = torch.stack(halves).sum(0)
    near, order = near.sort(1)
    distance, order = distance.gather(1, order).sort(dim=1, stable=True)
    return distance, near.gather(1, order)


def _weighted_means(distance: Tensor, targets: Tensor) -> Tensor:
    """Predictions from the nearest 1, 2, ... neighbours: targets [rows, k, actions] to the same shape."""
    weights = 1 / (distance + EPSILON)
    copied = distance[:, 0] < EPSILON
    weights[copied] = 0
    weights[copied, 0] = 1
    sums = (weights[:, :, None] * targets).cumsum(1)
    return sums / weights.cumsum(1)[:, :, None]
