"""What experts read of a simulation: a view, so that another gripper may stand in for the Panda's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from benchmarks.sim.arm_controller import ArmController

Array = NDArray[np.float64]


class ArmView(Protocol):
    """Pose of the grip site and opening of the gripper: enough for motions."""

    @property
    def eef_pos(self) -> Array:
        """Grip site in the world, [3] m."""
        ...

    @property
    def eef_mat(self) -> Array:
        """Grip site's rotation in the world, [3, 3]."""
        ...

    @property
    def gripper_qpos(self) -> Array:
        """Two finger joints on the Panda's scale, [2] m, of opposite signs."""
        ...


class SimulationView(ArmView, Protocol):
    """A benchmarks.sim.simulation.Simulation, or one seen through a gripper adapter."""

    @property
    def model(self) -> mujoco.MjModel:
        """The compiled model."""
        ...

    @property
    def data(self) -> mujoco.MjData:
        """Its present state."""
        ...

    @property
    def env(self) -> Any:
        """The robosuite environment that knows names of objects, sites and fixtures."""
        ...

    @property
    def goal(self) -> list[list[str]]:
        """Goal predicates, such as ["on", "akita_black_bowl_1", "plate_1"]."""
        ...

    @property
    def controller(self) -> ArmController:
        """Which joints drive the arm, and which site it moves."""
        ...

    @property
    def gripper_joints(self) -> NDArray[np.intp]:
        """Where the gripper's joints are in qpos."""
        ...

    def success(self) -> bool:
        """Whether the goal holds."""
        ...
