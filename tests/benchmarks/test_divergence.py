"""An episode whose simulation diverged is an error: MuJoCo itself goes on from the start of the scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

from benchmarks.episode.task_env import TaskEnv
from harness.core.keys import EpisodeKey, Task
from harness.core.specs import EEF_STATE, OSC_POSE, Observation
from harness.engine.rollout import run_episode

BALL = """
<mujoco><worldbody><body name="ball" pos="0 0 1"><freejoint/><geom size=".1"/></body></worldbody></mujoco>
"""


class Ball:
    """A simulation of one ball, whose numbers go wrong at step `breaks`."""

    def __init__(self, breaks: int, where: str) -> None:
        self.model = mujoco.MjModel.from_xml_string(BALL)
        self.data = mujoco.MjData(self.model)
        self.breaks, self.where = breaks, where
        self.init_states = np.zeros((1, 1))

    def load_official(self, init_id: int, rng: object) -> None:
        mujoco.mj_resetData(self.model, self.data)
        self.steps = 0

    def settle(self) -> None:
        self.step(np.zeros(OSC_POSE.size))

    def step(self, action: Any) -> bool:
        self.steps += 1
        if self.steps == self.breaks:
            getattr(self.data, self.where)[0] = np.nan
        mujoco.mj_step(self.model, self.data)
        return False


class Still:
    """A policy that does nothing."""

    horizon = 4

    def act(self, observations: Any, rngs: Any) -> Any:
        return np.zeros((1, 4, OSC_POSE.size), np.float32)


def episode(env: TaskEnv) -> Any:
    return run_episode(env, Still(), EpisodeKey("a", "s", 0, 0, 0), replan=4, action_size=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["qpos", "qvel", "qfrc_applied"])
def test_a_number_that_is_not_finite_ends_the_episode(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # MuJoCo writes a log of its warnings here
    image = np.zeros((4, 4, 3), np.uint8)
    seen = Observation({"agentview": image, "wrist": image}, np.zeros(EEF_STATE.size, np.float32), "roll")
    monkeypatch.setattr(TaskEnv, "observe", lambda env: seen)
    sim: Any = Ball(breaks=6, where=where)
    env = TaskEnv(Task("s", 0, "roll", "roll"), lambda: sim, max_steps=20, image_size=4, render="fast")
    rollout = episode(env)
    assert (rollout.status, rollout.steps) == ("error", 5)
    assert "FloatingPointError: the simulation diverged" in rollout.error
    assert np.isfinite(sim.data.qpos).all()
    sim.breaks = 0
    assert episode(env).status == "failure"
