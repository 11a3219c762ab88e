"""Starts after a missed grasp: what a policy meets and an expert that never misses cannot show it."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.sim.simulation import SETTLE_ACTION, Simulation

Array = NDArray[np.float64]

RAISED = 0.045
"""Height the object must have gained, m: lower, the closed fingers would reach into it where it stood."""
MOVED = 0.01
"""An object that moved by this much from where it stood is taken along, m."""
CLOSING_STEPS = 8
"""Control steps in which the gripper closes on nothing."""
OVERLAP = -0.002
"""Contacts deeper than this, m, do not come from a miss."""


def load(sim: Simulation, states: Array, actions: NDArray[np.float32], rng: np.random.Generator) -> bool:
    """Put `sim` into the state it would be in had the grasp of an episode missed unnoticed.

    `states` [frames, 1 + nq + nv] and `actions` [frames, 7] are the episode's. The arm is where it
    was at a random time of carrying, with closed fingers, and the object still stands where it was taken.
    Returns False where the episode carries nothing through the air, or where things would overlap.
    """
    carried = carrying(sim.model, states, actions)
    if carried is None:
        return False
    address, closed, times = carried
    mixed = states[rng.choice(times)].copy()
    # Behind the time come positions, then velocities: nothing moves.
    mixed[1 + address : 8 + address] = states[closed, 1 + address : 8 + address]
    mixed[1 + sim.model.nq :] = 0.0
    sim.controller.reset()
    sim.set_state(mixed)
    close = np.append(np.zeros(len(SETTLE_ACTION) - 1), 1.0)
    for _ in range(CLOSING_STEPS):
        if sim.data.ncon and sim.data.contact.dist.min() < OVERLAP:
            return False
        sim.step(close)
    return not sim.success()


def carrying(
    model: mujoco.MjModel, states: Array, actions: NDArray[np.float32]
) -> tuple[int, int, NDArray[np.intp]] | None:
    """Address in qpos of the object that an episode carries, the step of the grasp, and the steps in the air.

    None where nothing is raised by `RAISED` between one closing and the next opening of the gripper.
    """
    free = model.jnt_qposadr[model.jnt_type == mujoco.mjtJoint.mjJNT_FREE]
    for address in free:
        place = states[:, 1 + address : 4 + address]
        moved = np.flatnonzero(np.linalg.norm(place - place[0], axis=1) > MOVED)
        closes = np.flatnonzero((actions[1:, -1] > 0) & (actions[:-1, -1] <= 0)) + 1
        closes = closes[closes <= moved[0]] if len(moved) else closes[:0]
        if not len(closes):
            continue
        closed = int(closes[-1])
        opens = np.flatnonzero(actions[closed:, -1] < 0)
        end = closed + int(opens[0]) if len(opens) else len(actions)
        times = np.arange(closed, end)
        times = times[place[closed:end, 2] > place[closed, 2] + RAISED]
        if len(times):
            return int(address), closed, times
    return None
