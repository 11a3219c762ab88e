"""robosuite's Lift with another robot, a reshaped cube or objects added."""

from __future__ import annotations

from benchmarks.build import robots
from benchmarks.build.lift_task import lift_environment, lift_task
from benchmarks.build.rebuilt_simulation import RebuiltSimulation
from benchmarks.sim.compiled_task import Changes
from benchmarks.sim.simulation import Simulation


def rebuild(own: Simulation, changes: Changes) -> RebuiltSimulation:
    """Lift with `changes`: `robot`, `gripper`, `base`, `stretch` and `extras`.

    Raises UserError for an unknown arm or kind.
    """
    robot = changes.get("robot", "Panda")
    robots.register(robot)
    env = lift_environment(
        f"Bare{robot}",
        changes.get("gripper", "PandaGripper"),
        stretch=changes.get("stretch"),
        extras=changes.get("extras", ()),
    )
    robots.stand(env, own, changes.get("base", (0.0, 0.0)))
    return RebuiltSimulation(lift_task(env), env, changes)
