"""Other grippers as if they were the Panda's: opened no wider, and held where their own fingertips are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.experts import panda_gripper, servo
from benchmarks.experts.view import Array, SimulationView

if TYPE_CHECKING:
    from benchmarks.build.rebuilt_simulation import RebuiltSimulation
    from benchmarks.sim.arm_controller import ArmController
    from benchmarks.sim.simulation import Simulation

Action = NDArray[np.float32]
Plan = Callable[[SimulationView, np.random.Generator], Iterator[Action]]

DEAD_ZONE = 0.04
"""Share of the way between closed and open within which a wide gripper is left as it is."""

WORKING_STEPS = 30
"""Control steps that the slowest gripper takes, with a margin."""
STILL = 0.004
"""A gripper whose joints move less in a control step, m or rad, has stopped."""
MIN_OPENING = 0.002
"""Least opening that another gripper reports, m: soft fingers close as far on an object as on nothing."""

_VIEWS: WeakKeyDictionary[Simulation, PandaGripperView] = WeakKeyDictionary()
"""A model compiled for a variation serves many episodes."""


class PandaGripperView:
    """A simulation with another gripper, seen as if it had the Panda's (implements `SimulationView`).

    The grip site is shifted along the approach, so that the fingertips reach as far beyond it as the
    Panda's. Grippers that open wider are opened as far as the Panda's: with fingers spread around a whole
    bowl, none fits inside it.
    """

    def __init__(self, sim: RebuiltSimulation) -> None:
        """Measure the gripper of `sim`."""
        self._sim = sim
        self.model, self.data, self.gripper_joints = sim.model, sim.data, sim.gripper_joints
        open_tip, gap = finger_extent(sim, sim.open_joints)
        closed_tip, _ = finger_extent(sim, sim.closed_joints)
        self.shift = max(open_tip, closed_tip) - panda_gripper.TIP
        """From its own grip site to where the Panda's would be, along the approach, m."""
        self.open_share = min(1.0, panda_gripper.OPENING / gap)
        """How far it opens to be as wide as the Panda's, as a share of fully open."""

    @property
    def env(self) -> Any:
        """The robosuite environment."""
        return self._sim.env

    @property
    def goal(self) -> list[list[str]]:
        """Goal predicates."""
        return self._sim.goal

    @property
    def controller(self) -> ArmController:
        """The arm's."""
        return self._sim.controller

    def success(self) -> bool:
        """Whether the goal holds."""
        return self._sim.success()

    @property
    def eef_pos(self) -> Array:
        """Where the Panda's grip site would be, [3] m."""
        return np.asarray(self._sim.eef_pos + self.shift * self._sim.eef_mat[:, 2])

    @property
    def eef_mat(self) -> Array:
        """The grip site's rotation, [3, 3]."""
        return self._sim.eef_mat

    @property
    def gripper_qpos(self) -> Array:
        """Fingers on the Panda's scale, [2] m."""
        fingers = self._sim.gripper_qpos
        return np.asarray(np.sign(fingers + [1e-9, -1e-9]) * np.maximum(np.abs(fingers), MIN_OPENING / 2))

    def gripper_command(self, command: float) -> float:
        """The gripper command to execute where the expert gives `command`."""
        if command >= 0 or self.open_share == 1.0:
            return command
        excess = servo.opening(self._sim) / (2 * panda_gripper.WIDE_OPEN) - self.open_share
        return servo.HOLD if abs(excess) < DEAD_ZONE else float(np.sign(excess))


def adapted(sim: Simulation, rng: np.random.Generator, plan: Plan) -> Iterator[Action]:
    """The actions [7] of `plan`, which is made for the Panda's gripper, for the gripper of `sim`."""
    view = view_of(sim)
    if not isinstance(view, PandaGripperView):
        yield from plan(view, rng)
        return
    command = servo.OPEN
    for action in plan(view, rng):
        if action[-1] * command < 0:
            command = float(action[-1])
            yield from wait_for_gripper(view, command)
        yield np.append(action[:-1], view.gripper_command(float(action[-1]))).astype(np.float32)


def wait_for_gripper(view: PandaGripperView, command: float) -> Iterator[Action]:
    """Keep still while the gripper opens or closes: three fingers take twice as long as the Panda's two."""
    before = np.full(len(view.gripper_joints), np.inf)
    for _ in range(WORKING_STEPS):
        now = view.data.qpos[view.gripper_joints].copy()
        if np.abs(now - before).max() < STILL:
            return
        before = now
        yield np.append(np.zeros(6), view.gripper_command(command)).astype(np.float32)


def view_of(sim: Simulation) -> SimulationView:
    """`sim` itself, or where it has another gripper than the Panda's, a view as if it had that one."""
    if sim.has_panda_gripper:
        return sim
    if sim not in _VIEWS:
        _VIEWS[sim] = PandaGripperView(cast("RebuiltSimulation", sim))
    return _VIEWS[sim]


def finger_extent(sim: Simulation, joints: Array) -> tuple[float, float]:
    """How far the fingers reach beyond the grip site with the gripper's `joints`, and the distance of their
    inner faces from its middle, m."""
    model, scratch = sim.model, mujoco.MjData(sim.model)
    scratch.qpos[:] = sim.data.qpos
    scratch.qpos[sim.gripper_joints] = joints
    mujoco.mj_kinematics(model, scratch)
    site = sim.controller.site
    origin, rotation = scratch.site_xpos[site], scratch.site_xmat[site].reshape(3, 3)
    tip, gap = -np.inf, np.inf
    for geom in range(model.ngeom):
        if not model.body(model.geom_bodyid[geom]).name.startswith("gripper0"):
            continue
        if not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
            continue
        local = _corners(model, geom) @ scratch.geom_xmat[geom].reshape(3, 3).T
        corners = (scratch.geom_xpos[geom] + local - origin) @ rotation
        tip = max(tip, float(corners[:, 2].max()))
        if corners[:, 2].max() > -panda_gripper.PALM_DROP / 2:  # a finger, not the palm
            gap = min(gap, float(np.abs(corners[:, 0]).min()))
    return tip, gap


def _corners(model: mujoco.MjModel, geom: int) -> Array:
    """Vertices of a mesh, or corners of the box around another geom, [n, 3] m in its frame."""
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        start = model.mesh_vertadr[mesh]
        return np.asarray(model.mesh_vert[start : start + model.mesh_vertnum[mesh]], dtype=np.float64)
    signs = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
    return np.asarray(model.geom_aabb[geom, :3] + signs * model.geom_aabb[geom, 3:])
