"""The arm starts from other joint angles, after the initial state was set."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation

ATTEMPTS = 40
HEADROOM = 0.08
"""Height of the grip site over the table, m, below which a start pose is not taken."""


@dataclass(frozen=True)
class RobotStart(Variation):
    """The quantity is the norm of the offset of all joints."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Offset the joints in a drawn direction in which the arm touches nothing."""
        sim, controller = edit.sim, edit.sim.controller
        start = sim.data.qpos[controller.qpos_index].copy()
        for _ in range(ATTEMPTS):
            direction = rng.standard_normal(len(start))
            offset = self.quantities[level] * direction / np.linalg.norm(direction)
            sim.data.qpos[controller.qpos_index] = start + offset
            mujoco.mj_forward(sim.model, sim.data)
            if self._is_free(edit, start + offset):
                controller.hold_pose()
                return f"offset {np.array2string(offset, precision=2)}"
        raise RuntimeError(f"no free start pose {self.quantities[level]:g} rad away in {ATTEMPTS} draws")

    def _is_free(self, edit: Edit, joints: Array) -> bool:
        sim = edit.sim
        # Position limits are those of the joints that drive the arm, in the order of its state.
        ids = [int(np.flatnonzero(sim.model.jnt_qposadr == index)[0]) for index in sim.controller.qpos_index]
        low, high = sim.model.jnt_range[ids].T
        limited = sim.model.jnt_limited[ids].astype(bool)
        inside = ~limited | ((joints > low + 0.05) & (joints < high - 0.05))
        root = scene_objects.robot_root(sim)
        touches = any(root in pair for pair in scene_objects.touching(sim))
        return (
            bool(inside.all()) and not touches and sim.eef_pos[2] > scene_objects.table_height(sim) + HEADROOM
        )


VARIATION = RobotStart(
    quantities=(0.0, 0.125, 0.25, 0.375, 0.5),
    unit="rad, norm over the joints",
    changes="state",
    groups=("libero-plus",),
)
