"""What is wrong with demonstrations from outside: rate, sizes, range and meaning of their actions.

Each is found in the numbers themselves, not only in what the dataset says of itself. The limits of motion and
gripper hold for LIBERO's controller (OSC_POSE at 20 Hz) and are used for simulated arms only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.dataset import Dataset, Episode
from harness.core.errors import UserError
from harness.core.protocols import Suite
from harness.core.specs import EEF_STATE, OSC_POSE

PUBLISHED_RATE = 10.0
"""What physical-intelligence/libero and HuggingFaceVLA/libero say, though their rows are steps at 20 Hz
(openpi examples/libero/convert_libero_data_to_lerobot.py: fps=10); the motion tells whether they are."""

REACH = 0.05
"""Metres that an action of 1 asks for (robosuite controllers/config/osc_pose.json, output_max)."""

MOTION = (0.08, 0.30)
"""Path of the hand over the path asked for, per row at 20 Hz: at every step the controller begins anew from
where the arm is. Measured on demonstrations of libero_spatial: 0.17 to 0.23; rows left out double it."""

WAIT = 4
"""Rows in which fingers visibly follow a command."""

FINGERS = 0.02
"""Metres of finger travel over a dataset's episodes, below which nothing is said of the gripper's sign."""


def check(dataset: Dataset, episodes: Sequence[Episode], where: str, suite: Suite) -> None:
    """Raise UserError that names the first thing wrong with `episodes`, some of `where`."""
    for episode in episodes:
        _check_sizes(episode, where, suite)
    actions = np.concatenate([episode.actions for episode in episodes])
    _check_range(actions, where)
    gives = suite.gives
    if suite.uses_mujoco and (gives.state.name, gives.action.name) == (EEF_STATE.name, OSC_POSE.name):
        _check_gripper(episodes, actions, where)
        _check_motion(episodes, where)
    _check_rate(dataset.rate_hz, where, suite)


def _check_sizes(episode: Episode, where: str, suite: Suite) -> None:
    rows = {"images": len(next(iter(episode.images.values()), episode.actions)), "state": len(episode.state)}
    rows |= {"actions": len(episode.actions)}
    if len(set(rows.values())) > 1 or not rows["actions"]:
        found = ", ".join(f"{count} rows of {name}" for name, count in rows.items())
        raise UserError(f"{where} has {found}; an episode needs as many of each, and at least one")
    for what, values, wanted in (
        ("state", episode.state, suite.gives.state),
        ("actions", episode.actions, suite.gives.action),
    ):
        if values.shape[1] != wanted.size:
            raise UserError(
                f"{where}: {what} has {values.shape[1]} numbers, {suite.name} has {wanted.size} "
                f"({wanted.name}); convert it"
            )
        if not np.isfinite(values).all():
            raise UserError(f"{where}: {what} has numbers that are not finite; leave that episode out")


def _check_range(actions: NDArray[np.float32], where: str) -> None:
    most = float(np.abs(actions).max())
    if most > 1.0 + 1e-3:
        raise UserError(
            f"{where}: actions reach {most:.3g}, the range is -1 to 1: normalised or absolute? "
            "Convert them to what the simulator took"
        )


def _check_gripper(episodes: Sequence[Episode], actions: NDArray[np.float32], where: str) -> None:
    command = actions[:, -1]
    if command.min() >= 0.0 and command.max() > 0.0 and (command == 0.0).any():
        raise UserError(
            f"{where}: the gripper's action is 0 to 1; -1 opens and +1 closes here: convert it (RLDS data of "
            "OpenVLA has 1 - 2 x)"
        )
    followed = travelled = 0.0
    for episode in episodes:
        width = episode.state[:, 6] - episode.state[:, 7]
        moved = width[WAIT:] - width[:-WAIT]
        followed += float((episode.actions[:-WAIT, -1] * moved).sum()) / WAIT
        travelled += float(np.abs(np.diff(width)).sum())
    if travelled > FINGERS and followed > 0.25 * travelled:
        raise UserError(
            f"{where}: the fingers open where the gripper's action is positive; -1 opens and +1 closes here: "
            "change its sign"
        )


def _check_motion(episodes: Sequence[Episode], where: str) -> None:
    along = moved = asked = 0.0
    for episode in episodes:
        step, wanted = np.diff(episode.state[:, :3], axis=0), REACH * episode.actions[:-1, :3]
        along += float((step * wanted).sum())
        moved += float(np.linalg.norm(step, axis=1).sum())
        asked += float(np.linalg.norm(wanted, axis=1).sum())
    if asked == 0.0:
        raise UserError(f"{where}: the actions never move the arm; give demonstrations with actions")
    if along <= 0.0:
        raise UserError(
            f"{where}: the arm moves against its actions: they are no deltas of the position, or belong "
            "to other rows; convert them"
        )
    share = moved / asked
    if not MOTION[0] <= share <= MOTION[1]:
        why = (
            "rows were left out (a lower fps?)" if share > MOTION[1] else "rows are repeated (a higher fps?)"
        )
        raise UserError(
            f"{where}: a row moves the arm {share:.2f} of what its action asks for, at 20 Hz that is "
            f"{MOTION[0]} to {MOTION[1]}: {why}, or actions are scaled; convert it at 20 Hz"
        )


def _check_rate(rate_hz: float | None, where: str, suite: Suite) -> None:
    wanted = suite.gives.action.rate_hz
    accepted = (None, wanted, PUBLISHED_RATE) if suite.uses_mujoco else (None, wanted)
    if rate_hz not in accepted:
        raise UserError(
            f"{where}: fps is {rate_hz:g}, {suite.name} acts at {wanted:g} Hz; convert it at that rate"
        )
