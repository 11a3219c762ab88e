"""Heavier or lighter, rougher or smoother, and an arm that answers late and unsteadily."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from benchmarks.episode.edit import Array, Edit
from benchmarks.sim import scene_objects
from benchmarks.variations._base import Variation

DELAY = (0, 0, 1, 1, 2)
"""Control steps of 50 ms by which actions come late, by level."""

NOISE = (0.0, 0.025, 0.05, 0.075, 0.1)
"""Deviation of the noise on the arm's part of actions, which lie in [-1, 1], by level."""


@dataclass(frozen=True)
class Dynamics(Variation):
    """The quantity is the factor on the mass of objects and on friction; half the draws divide by it."""

    def apply(self, edit: Edit, level: int, rng: np.random.Generator) -> str:
        """Scale masses and friction, delay and disturb actions."""
        factor = self.quantities[level]
        mass, friction = (factor if up else 1 / factor for up in rng.random(2) < 0.5)
        for item in scene_objects.movables(edit.sim).values():
            weigh(edit, item, mass)
        edit.array("geom_friction")[:, 0] *= friction
        if DELAY[level]:
            waiting = deque([np.array([0.0, 0, 0, 0, 0, 0, -1.0])] * DELAY[level])
            edit.on_action.append(lambda action: _late(waiting, action))
        edit.on_action.append(lambda action: _noisy(action, NOISE[level], rng))
        return (
            f"mass x{mass:.2f}, friction x{friction:.2f}, {DELAY[level]} steps late, noise {NOISE[level]:g}"
        )


def weigh(edit: Edit, item: scene_objects.Movable, factor: float) -> None:
    """Scale the mass of a free object and everything that MuJoCo derives from it at compilation."""
    bodies = np.flatnonzero(edit.sim.model.body_rootid == item.body)
    dofs = np.flatnonzero(np.isin(edit.sim.model.dof_bodyid, bodies))
    for name in ("body_mass", "body_inertia", "body_subtreemass"):
        edit.array(name)[bodies] *= factor
    edit.array("body_invweight0")[bodies] /= factor
    edit.array("dof_invweight0")[dofs] /= factor
    edit.array("dof_M0")[dofs] *= factor


def _late(waiting: deque[Array], action: Array) -> Array:
    waiting.append(np.array(action))
    return waiting.popleft()


def _noisy(action: Array, deviation: float, rng: np.random.Generator) -> Array:
    noise = deviation * rng.standard_normal(len(action) - 1)
    return np.append(np.clip(action[:-1] + noise, -1, 1), action[-1])


VARIATION = Dynamics(
    quantities=(1.0, 1.25, 1.5, 1.75, 2.0), unit="times mass and friction", changes="physics"
)
