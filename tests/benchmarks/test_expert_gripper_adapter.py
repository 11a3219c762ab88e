"""Grippers that the expert takes for the Panda's."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.experts import gripper_adapter, panda_gripper, servo
from benchmarks.variations.embodiment import ARMS
from harness.core import registry
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng


class Gripper(SimpleNamespace):
    """A simulation with one joint that is 1 when open and 0 when closed, and moves 0.1 a step."""

    def __init__(self, way: float) -> None:
        self.data = SimpleNamespace(qpos=np.array([way]))
        super().__init__(
            has_panda_gripper=False,
            model=None,
            gripper_joints=np.array([0]),
            open_joints=np.array([1.0]),
            closed_joints=np.array([0.0]),
            eef_pos=np.array([0.1, 0.2, 0.3]),
            eef_mat=np.diag([1.0, -1.0, -1.0]),
        )

    __hash__ = object.__hash__

    @property
    def gripper_qpos(self):
        return panda_gripper.WIDE_OPEN * self.data.qpos[0] * np.array([1.0, -1.0])

    def step(self, command):
        self.data.qpos[0] = np.clip(self.data.qpos[0] - 0.1 * np.sign(command), 0.0, 1.0)


@pytest.fixture
def wide(monkeypatch):
    """Opens twice as far as the Panda's, and reaches 10 mm further when closed."""
    monkeypatch.setattr(
        gripper_adapter,
        "finger_extent",
        lambda sim, joints: (panda_gripper.TIP + 0.01 * (joints[0] == 0), 2 * panda_gripper.OPENING),
    )


def test_the_pandas_gripper_is_left_alone():
    sim = SimpleNamespace(has_panda_gripper=True)
    plan = [np.array([0, 0, 0, 0, 0, 0, servo.OPEN]), np.array([0, 0, 0, 0, 0, 0, servo.CLOSE])]
    assert gripper_adapter.view_of(sim) is sim
    assert list(gripper_adapter.adapted(sim, derive_rng("any"), lambda sim, rng: iter(plan))) == plan


def test_fingertips_are_where_the_pandas_would_be(wide):
    view = gripper_adapter.view_of(Gripper(1.0))
    np.testing.assert_allclose(view.eef_pos, [0.1, 0.2, 0.29])


@pytest.mark.parametrize(("way", "command"), [(1.0, 1.0), (0.5, 0.0), (0.0, -1.0)])
def test_a_wide_gripper_opens_as_far_as_the_pandas(wide, way, command):
    assert gripper_adapter.PandaGripperView(Gripper(way)).gripper_command(servo.OPEN) == command
    assert gripper_adapter.PandaGripperView(Gripper(way)).gripper_command(servo.CLOSE) == servo.CLOSE


def test_the_arm_waits_until_the_gripper_has_stopped(wide):
    sim = Gripper(0.5)
    reach = np.array([1.0, 0, 0, 0, 0, 0, servo.OPEN])
    lift = np.array([0, 0, 1.0, 0, 0, 0, servo.CLOSE])
    steps = []
    for action in gripper_adapter.adapted(sim, derive_rng("any"), lambda sim, rng: iter([reach, lift])):
        sim.step(action[-1])
        steps.append(action)
    assert [step[0] for step in steps] == [1.0] + [0.0] * (len(steps) - 1)
    assert steps[-1][2] == 1.0
    assert 5 <= len(steps) - 2 <= 7, "half the way at a tenth a step, and one to see that it rests"
    assert sim.data.qpos[0] == 0.0
    assert np.abs(gripper_adapter.view_of(sim).gripper_qpos).sum() > 0.001, (
        "a soft gripper still reports that it holds something"
    )


@pytest.mark.slow
@pytest.mark.parametrize("arm", [arm for arm, gripper in ARMS.items() if gripper.startswith("Robotiq")])
def test_the_expert_solves_a_task_with_other_arms_and_their_own_grippers(arm):
    suite = registry.find("suite", "libero_spatial")
    env = suite.make_env(0, assets="original", image_size=48, render="fast")
    env.begin(EpisodeKey("any", "libero_spatial", 0, 0, list(ARMS).index(arm), "embodiment", 3))
    assert env.facts["detail"] == f"robot {arm}, gripper {ARMS[arm]}"
    for action in suite.expert.actions(env.sim, derive_rng("expert")):
        env.advance(action)
    assert env.sim.success()
    env.close()
