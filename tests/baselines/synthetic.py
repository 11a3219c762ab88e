"""Demonstrations of random arrays in the right shape; actions follow the state, so they can be learnt."""

from __future__ import annotations

import numpy as np

from harness.types import Demonstration, Task, derive_rng


def make_demo(seed: int, frames: int = 40, size: int = 16, task_id: int = 0) -> Demonstration:
    """One demonstration with an image every second step and one gripper flip halfway."""
    rng = derive_rng("synthetic", seed)
    steps = np.arange(0, frames, 2, dtype=np.int32)
    state = rng.normal(0, 0.2, (frames, 8)).cumsum(0).astype(np.float32) * 0.1
    actions = np.tanh(state[:, :7] + rng.normal(0, 0.05, (frames, 7))).astype(np.float32)
    actions[:, 6] = np.where(np.arange(frames) < frames // 2, -1.0, 1.0)
    shape = (len(steps), size, size, 3)
    return Demonstration(
        task=Task("libero_goal", task_id, f"task_{task_id}", "open the middle drawer of the cabinet"),
        seed=seed,
        success=True,
        image_steps=steps,
        agentview=rng.integers(0, 256, shape, dtype=np.uint8),
        wrist=rng.integers(0, 256, shape, dtype=np.uint8),
        state=state,
        actions=actions,
        executed=actions.copy(),
        sim_states=np.zeros((frames, 3)),
        assets="synthetic",
    )
