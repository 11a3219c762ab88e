"""Policies and the ways to adapt them: head selection, adapters, finetuning.

Files here are commands and the public API (`load_policy`, `adapt`); everything else is in a room, lowest
first: `data`, `adaptable` (what an adaptable policy is), `policies`, `training`, `selection`, `methods`,
`pipeline` (what puts them together), `pretraining`, `perf` and `contracts`. Of `harness` only `harness.core`
is imported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.demonstration import Demonstration
from harness.core.protocols import Policy

if TYPE_CHECKING:
    from baselines.adaptable.policy import AdaptablePolicy

__all__ = ["adapt", "load_policy"]

# Threads that wait by spinning slow each other down several times where processes share the cores. The
# OpenMP runtime reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def load_policy(spec: str, device: str = "auto") -> Policy:
    """A policy that acts, by name, `package.module:object`, checkpoint directory or hub id.

    `device` is auto (a GPU where there is one), cpu or cuda. Raises UserError for an unknown name and a
    checkpoint that cannot be read.

    >>> policy = load_policy("pi0-small")
    >>> chunks = policy.act([observation], [numpy.random.default_rng(0)])  # [1, horizon, action size]
    """
    from baselines.policies.sources import spec as sources

    return sources.load_policy(spec, device)


def adapt(
    policy: str | AdaptablePolicy,
    demos: Sequence[Demonstration] | Path,
    *,
    method: str = "steer",
    steps: int = 600,
    batch_size: int = 32,
    seed: int = 0,
    num_heads: int | None = None,
    selector: str | None = None,
    recipe: str = "auto",
    lr_sweep: bool = False,
) -> AdaptablePolicy:
    """A copy of `policy` adapted to demonstrations, its adapters merged into its weights.

    `demos` are demonstrations or a folder of them (*.npz, see `python -m harness.demos`), `method` a name
    of `python -m harness.list methods`; `steps` of `batch_size` frames each. `num_heads`, `selector` and
    `recipe` as in `python -m harness.run --help`. Raises UserError for unknown names, no demonstrations,
    too many heads and a policy that only acts.

    >>> adapted = adapt("pi0-small", Path("demos"), method="steer", steps=600)
    >>> chunks = adapted.act([observation], [numpy.random.default_rng(0)])
    """
    from baselines.pipeline import public
    from baselines.pipeline.adapt import Settings

    settings = Settings(steps, batch_size, seed, num_heads, lr_sweep=lr_sweep)
    return public.adapt(policy, demos, method, settings, selector, recipe)
