"""Compiled finetuning steps (`--compile`): they pay off where many steps follow, most of all on a GPU."""

from __future__ import annotations

import os
import resource
import shutil

from baselines.training.batches import Batches
from harness.core.errors import UserError
from harness.core.rng import derive_rng

BACKEND = "inductor"


def check() -> None:
    """Raises UserError where code that torch generates could not be built."""
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        raise UserError(
            f"--compile needs a C++ compiler, and {compiler!r} is not found; install g++, name another one "
            "in CXX, or leave --compile out"
        )


def warm_up(batches: Batches, batch_size: int) -> float:
    """Compile what training steps on `batch_size` frames compute, and run it once; nothing is learnt.

    Returns the processor seconds of the compiler, which runs in processes of its own: one at a time, so
    that its cost can be told.
    """
    from torch._inductor import config

    before = _children_s()
    config.compile_threads = 1
    model, rng = batches.policy.model, derive_rng("compile")
    model.train()
    batches.compile(BACKEND)
    rows = batches.draw(batch_size, rng, batches.rows)
    batches.loss(rows, rng).backward()
    model.zero_grad(set_to_none=True)
    return _children_s() - before


def _children_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
