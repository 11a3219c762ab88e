"""Inverse kinematics: joints that bring the grip site to a pose, by damped least squares."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Chain:
    """The joints that move a site."""

    site: int
    qpos_index: Index  # [joints]
    qvel_index: Index  # [joints]
    low: Array  # [joints] rad
    high: Array


@dataclass(frozen=True)
class Search:
    """How joints are looked for."""

    iterations: int
    tolerance: tuple[float, float]
    """m and rad: where both are met, the search ends."""
    damping: float
    """Added to the squares of the Jacobian; keeps steps small near singular postures."""
    error_limits: tuple[float, float] = (np.inf, np.inf)
    """No component of the error counts for more than this in one step, m and rad."""
    step_limit: float = np.inf
    """Largest change of a joint in one step, rad."""
    rest_gain: float = 0.0
    """Pull towards the rest posture inside of the null space, as a share of the way for each step."""


def solve(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    chain: Chain,
    search: Search,
    position: Array,
    rotation: Array,
    rest: Array | None = None,
) -> tuple[float, float]:
    """Change the joints in `data` until the site has `position` [3] m and `rotation` [3, 3] in the world.

    Begins at the joints that `data` has. Returns the distances that are left in m and rad; `data` holds what
    kinematics derive from the last joints that were looked at. `rest` [joints] is needed with a `rest_gain`.
    """
    jacobian = np.zeros((2, 3, model.nv))
    place, turn = np.zeros(3), np.zeros(3)
    for _ in range(search.iterations):
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        place = position - data.site_xpos[chain.site]
        turn = rotation_vector(rotation @ data.site_xmat[chain.site].reshape(3, 3).T)
        if np.linalg.norm(place) < search.tolerance[0] and np.linalg.norm(turn) < search.tolerance[1]:
            break
        mujoco.mj_jacSite(model, data, jacobian[0], jacobian[1], chain.site)
        matrix = jacobian[:, :, chain.qvel_index].reshape(6, -1)
        now = data.qpos[chain.qpos_index]
        back = np.zeros(len(now)) if rest is None else search.rest_gain * (rest - now)
        (meters, radians) = search.error_limits
        error = np.concatenate([np.clip(place, -meters, meters), np.clip(turn, -radians, radians)])
        step = back + matrix.T @ np.linalg.solve(
            matrix @ matrix.T + search.damping * np.eye(6), error - matrix @ back
        )
        step *= min(1.0, search.step_limit / max(1e-9, np.abs(step).max()))
        data.qpos[chain.qpos_index] = np.clip(now + step, chain.low, chain.high)
    return float(np.linalg.norm(place)), float(np.linalg.norm(turn))


def rotation_vector(rotation: Array) -> Array:
    """Axis times angle [3] rad of a rotation [3, 3], the shorter way round."""
    quaternion, result = np.zeros(4), np.zeros(3)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(rotation).reshape(-1))
    mujoco.mju_quat2Vel(result, quaternion, 1.0)
    return result
