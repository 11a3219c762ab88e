"""Other grippers as if they were the Panda's: opened no wider, and held where their own fingertips are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import panda_gripper, servo

Array = NDArray[np.float64]

Action = NDArray[np.float32]

DEAD_ZONE = 0.04
"""Share of the way between closed and open within which a wide gripper is left as it is."""

WORKING_STEPS = 30
"""Control steps that the slowest gripper takes, with a margin."""
STILL = 0.004
"""A gripper whose joints move less in a control step, m or rad, has done."""
HELD = 0.002
"""Least opening that a foreign gripper tells, m: what yields closes as far on an object as on nothing."""

_SEEN: WeakKeyDictionary[Any, AsPanda] = WeakKeyDictionary()
"""A model compiled for a variation serves many episodes."""


class AsPanda:
    """A `RebuiltSimulation` whose gripper the expert may take for the Panda's.

    The grip site is shifted along the approach, so that the fingertips reach as far beyond it as the
    Panda's. Grippers that open wider are opened as far as the Panda's: with fingers spread around a whole
    bowl, none fits inside it.
    """

    def __init__(self, sim: Any) -> None:
        """Measure the gripper of `sim`."""
        self._sim = sim
        open_tip, gap = extent(sim, sim.open_joints)
        closed_tip, _ = extent(sim, sim.closed_joints)
        self.shift = max(open_tip, closed_tip) - panda_gripper.TIP
        self.wanted = min(1.0, panda_gripper.OPENING / gap)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sim, name)

    @property
    def eef_pos(self) -> Array:
        """Where the Panda's grip site would be, [3] m."""
        place: Array = self._sim.eef_pos + self.shift * self._sim.eef_mat[:, 2]
        return place

    @property
    def gripper_qpos(self) -> Array:
        """Fingers on the Panda's scale, [2] m."""
        fingers: Array = self._sim.gripper_qpos
        return np.sign(fingers + [1e-9, -1e-9]) * np.maximum(np.abs(fingers), HELD / 2)

    def grip(self, command: float) -> float:
        """The command to give where the expert gives `command`."""
        if command >= 0 or self.wanted == 1.0:
            return command
        way = servo.opening(self._sim) / (2 * panda_gripper.WIDE_OPEN) - self.wanted
        return servo.HOLD if abs(way) < DEAD_ZONE else float(np.sign(way))


def translated(
    sim: Any, rng: np.random.Generator, plan: Callable[[Any, np.random.Generator], Iterator[Action]]
) -> Iterator[Action]:
    """The actions of `plan` for a Panda's gripper, as the gripper of `sim` needs them."""
    seen = as_panda(sim)
    if seen is sim:
        yield from plan(sim, rng)
        return
    command = servo.OPEN
    for action in plan(seen, rng):
        if action[-1] * command < 0:
            command = float(action[-1])
            yield from work(seen, command)
        yield np.append(action[:-1], seen.grip(float(action[-1]))).astype(np.float32)


def work(seen: AsPanda, command: float) -> Iterator[Action]:
    """Keep still while the gripper opens or closes: three fingers take twice as long as the Panda's two."""
    before = np.full(len(seen.gripper_joints), np.inf)
    for _ in range(WORKING_STEPS):
        now = seen.data.qpos[seen.gripper_joints].copy()
        if np.abs(now - before).max() < STILL:
            return
        before = now
        yield np.append(np.zeros(6), seen.grip(command)).astype(np.float32)


def as_panda(sim: Any) -> Any:
    """`sim` itself, or where its gripper is another one, that simulation seen as the Panda's."""
    if not getattr(sim, "foreign_gripper", False):
        return sim
    if sim not in _SEEN:
        _SEEN[sim] = AsPanda(sim)
    return _SEEN[sim]


def extent(sim: Any, joints: Array) -> tuple[float, float]:
    """How far the fingers reach beyond the grip site with the gripper's `joints`, and the distance of their
    inner faces from its middle, m."""
    model, scratch = sim.model, mujoco.MjData(sim.model)
    scratch.qpos[:] = sim.data.qpos
    scratch.qpos[sim.gripper_joints] = joints
    mujoco.mj_kinematics(model, scratch)
    site = sim.controller.site
    place, turn = scratch.site_xpos[site], scratch.site_xmat[site].reshape(3, 3)
    tip, gap = -np.inf, np.inf
    for geom in range(model.ngeom):
        if not model.body(model.geom_bodyid[geom]).name.startswith("gripper0"):
            continue
        if not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
            continue
        corners = (scratch.geom_xpos[geom] + _corners(model, geom) @ _turn(scratch, geom).T - place) @ turn
        tip = max(tip, float(corners[:, 2].max()))
        if corners[:, 2].max() > -panda_gripper.PALM_DROP / 2:  # a finger, not the palm
            gap = min(gap, float(np.abs(corners[:, 0]).min()))
    return tip, gap


def _turn(data: mujoco.MjData, geom: int) -> Array:
    rotation: Array = data.geom_xmat[geom].reshape(3, 3)
    return rotation


def _corners(model: mujoco.MjModel, geom: int) -> Array:
    """Vertices of a mesh, or corners of the box around another geom, [n, 3] m in its frame."""
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        start = model.mesh_vertadr[mesh]
        return np.asarray(model.mesh_vert[start : start + model.mesh_vertnum[mesh]], dtype=np.float64)
    signs = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
    return model.geom_aabb[geom, :3] + signs * model.geom_aabb[geom, 3:]
