"""robosuite's Lift with another robot, a reshaped cube or objects added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.build import robots
from benchmarks.build import reshape
from benchmarks.assets.libero_setup import quiet_robosuite
from benchmarks.build.rebuilt_simulation import RebuiltSimulation
from benchmarks.sim.simulation import Simulation
from benchmarks.suites.robosuite_lift import lift_environment
from harness.core.errors import UserError

quiet_robosuite()

from robosuite.environments.manipulation.lift import Lift  # noqa: E402  (imported quietly)
from robosuite.models import objects  # noqa: E402

PARKING = (0.0, 1.6)
"""Where the first of the added objects waits on the floor, x and y m, out of both cameras' sight."""

APART = 0.2
"""Distance of those that wait, m."""


class VariedLift(Lift):
    """Lift with some things otherwise; robosuite registers it by its name."""

    def __init__(
        self, *, stretch: tuple[str, tuple[float, float, float]] | None, extras: Sequence[str], **given: Any
    ) -> None:
        """`stretch` is an object and its factors along the axes of the world, `extras` are kinds."""
        self.stretch, self.extras = stretch, extras
        super().__init__(**given)

    @property
    def workspace_offset(self) -> np.ndarray:
        """Middle of the table's top, [3] m, by the name that LIBERO has for it."""
        return np.asarray(self.table_offset)

    def _load_model(self) -> None:
        super()._load_model()
        if self.stretch:
            name, factors = self.stretch
            body = self.model.worldbody.find(f"body[@name='{name}_main']")
            reshape.scale(body, self.model.asset, np.array(factors))
        for number, kind in enumerate(self.extras):
            item = build(kind, f"distractor_{number + 1}")
            self.model.merge_objects([item])
            self.model.mujoco_objects.append(item)
            place = (PARKING[0] + number * APART, PARKING[1], -item.bottom_offset[2])
            body = self.model.worldbody.find(f"body[@name='{item.root_body}']")
            body.set("pos", " ".join(f"{value:.6g}" for value in place))


def build(kind: str, name: str) -> Any:
    """robosuite's own object of a `kind` such as milk. Raises UserError for one that it lacks."""
    found = getattr(objects, f"{kind.title()}Object", None)
    if found is None:
        raise UserError(f"no object {kind!r} in robosuite; choose one of benchmarks.variations.distractors")
    return found(name=name)


def rebuild(own: Simulation, fields: Mapping[str, Any]) -> RebuiltSimulation:
    """Lift with `fields`: `robot`, `gripper`, `base` (x, y m), `stretch` and `extras` (see `VariedLift`).

    Raises UserError for an unknown arm or kind.
    """
    robot = fields.get("robot", "Panda")
    robots.register(robot)
    env = lift_environment(
        f"Bare{robot}",
        fields.get("gripper", "PandaGripper"),
        name=VariedLift.__name__,
        stretch=fields.get("stretch"),
        extras=fields.get("extras", ()),
    )
    robots.stand(env, own, fields.get("base", (0.0, 0.0)))
    return RebuiltSimulation(env, fields)
