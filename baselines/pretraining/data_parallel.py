"""Training on several processes of one machine: each works on its share of a batch, gradients are averaged.

Matrices of a policy with a few million parameters are too small for one process to fill several cores.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Group:
    """One process among `size`, numbered `rank`."""

    rank: int = 0
    size: int = 1

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each of `tensors` (same shapes everywhere) by its mean over the processes."""
        if self.size == 1:
            return
        flat = torch.nn.utils.parameters_to_vector(tensors)
        dist.all_reduce(flat)
        torch.nn.utils.vector_to_parameters(flat / self.size, tensors)

    def agree(self, value: float) -> float:
        """The first process's value."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64)
        dist.broadcast(shared, 0)
        return shared.item()


ALONE = Group()


@contextlib.contextmanager
def processes(count: int, work: Callable[[Group], object]) -> Iterator[Group]:
    """Start `work` in `count` - 1 further processes; inside, this process is the first of the group.

    `work` must be picklable. The others end with the block.
    """
    if count == 1:
        yield ALONE
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        spawn = torch.multiprocessing.get_context("spawn")
        others = [
            spawn.Process(target=_join, args=(meeting, Group(rank, count), work), daemon=True)
            for rank in range(1, count)
        ]
        for other in others:
            other.start()
        try:
            with _meet(meeting, Group(0, count)) as group:
                yield group
        finally:
            for other in others:
                other.terminate()
                other.join()


def _join(meeting: Path, group: Group, work: Callable[[Group], object]) -> None:
    torch.set_num_threads(1)
    with _meet(meeting, group):
        work(group)


@contextlib.contextmanager
def _meet(meeting: Path, group: Group) -> Iterator[Group]:
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=group.rank, world_size=group.size)
    try:
        yield group
    finally:
        dist.destroy_process_group()
