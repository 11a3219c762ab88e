"""Demonstrations of the right shapes that show nothing: for benchmarks of speed and for contract tests."""

from __future__ import annotations

import numpy as np

from harness.core.demonstration import Demonstration
from harness.core.keys import Task
from harness.core.rng import derive_rng
from harness.core.specs import Interface

TEXT = "pick up the black bowl and place it on the plate"


def synthetic(
    count: int, size: int, length: int = 100, *, needs: Interface | None = None
) -> list[Demonstration]:
    """Demonstrations of `length` control steps, an image of noise every second step, one gripper flip."""
    wanted = needs or Interface()
    return [_demonstration(derive_rng("bench", seed), seed, size, length, wanted) for seed in range(count)]


def _demonstration(
    rng: np.random.Generator, seed: int, size: int, length: int, needs: Interface
) -> Demonstration:
    steps = np.arange(0, length, 2, dtype=np.int32)
    shape = (len(steps), size, size, 3)
    images = {name: rng.integers(0, 256, shape, dtype=np.uint8) for name in needs.cameras}
    # Small smooth moves, most of them below the keyframes' limit, as in LIBERO.
    state = rng.normal(0, 0.01, (length, needs.state.size)).cumsum(0).astype(np.float32)
    actions = np.tanh(rng.normal(0, 0.5, (length, needs.action.size))).astype(np.float32)
    actions[:, -1] = np.where(np.arange(length) < length // 2, -1.0, 1.0)
    return Demonstration(
        task=Task("bench", 0, "bench", TEXT),
        seed=seed,
        success=True,
        image_steps=steps,
        images=images,
        state=state,
        actions=actions,
        executed=actions,
        sim_states=np.zeros((length, 1)),
        assets="noise",
    )
