"""The expert for robosuite's Door: presses the handle down and pulls the door open by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import gripper_adapter, panda_gripper, servo
from benchmarks.experts.knob import rotation_about
from benchmarks.experts.view import Array, SimulationView
from harness.core.protocols import Expert

if TYPE_CHECKING:
    from benchmarks.sim.simulation import Simulation

HANDLE, LATCH, HINGE = "Door_handle", "Door_latch_joint", "Door_hinge"
PRESSED = 1.2
"""Angle of the handle at which the latch lets go of the frame, with room to spare, rad."""
OPENED = 0.38
"""Just before the hinge's stop, rad; robosuite asks for 0.3."""
LEAD = 0.25
"""The hand's target runs ahead of what it turns by this angle, rad."""
HOVER = 0.1
"""Distance from the handle before it is taken, m."""
TILT = np.pi / 4
"""Of the hand against the vertical, rad: upright, its palm, which reaches 10 cm to either side along the
fingers' motion, would meet the door 8 cm behind the handle."""
LONGEST = 80
"""Control steps for either motion."""
ATTEMPTS = 3


class DoorExpert(Expert):
    """Takes the handle across, the hand tilted towards the door."""

    def actions(self, sim: Simulation, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Clean actions [7]; ends with the door open."""
        return gripper_adapter.adapted(sim, rng, self._actions)

    def _actions(self, sim: SimulationView, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        for _ in range(ATTEMPTS):
            yield from self._attempt(sim)
            if sim.success():
                return
            yield from servo.release(sim, sim.eef_pos, sim.eef_mat)
            yield from servo.reach(sim, sim.eef_pos + [0, 0, HOVER], sim.eef_mat, servo.OPEN)

    def _attempt(self, sim: SimulationView) -> Iterator[NDArray[np.float32]]:
        axis = sim.data.joint(LATCH).xaxis
        home = panda_gripper.finger_yaw(sim.eef_mat)
        yaw = panda_gripper.nearest_yaw(float(np.arctan2(axis[1], axis[0])), home)
        turn = tilted(panda_gripper.level(yaw), axis)
        handle = sim.data.site(HANDLE).xpos.copy()
        above = handle - HOVER * turn[:, 2]
        yield from servo.reach(sim, above, turn, servo.OPEN, tolerance=0.01)
        yield from servo.reach(sim, handle, turn, servo.OPEN, tolerance=0.01, speed=0.6)
        yield from servo.close(sim, handle, turn)
        yield from follow(sim, LATCH, PRESSED)
        yield from follow(sim, HINGE, OPENED)


def tilted(turn: Array, inward: Array) -> Array:
    """The hand's `turn` [3, 3], which points down, tilted towards the door, which lies `inward` [3]."""
    return rotation_about(np.cross(inward, [0.0, 0.0, 1.0]), TILT) @ turn


def follow(sim: SimulationView, joint: str, goal: float) -> servo.Actions:
    """Move what is held around `joint` until it is at `goal` rad; the hand turns with it."""
    hinge = sim.data.joint(joint)
    begin = float(hinge.qpos[0])
    anchor, axis = hinge.xanchor.copy(), hinge.xaxis.copy()
    start, rotation = sim.eef_pos - anchor, sim.eef_mat
    for _ in range(LONGEST):
        now = float(hinge.qpos[0])
        if now >= goal:
            return
        ahead = rotation_about(axis, min(now + LEAD, goal + LEAD / 2) - begin)
        target: Array = anchor + ahead @ start
        yield servo.action(sim, target, ahead @ rotation, servo.CLOSE)


EXPERT = DoorExpert()
