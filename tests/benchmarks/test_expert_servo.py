"""Motion primitives on an arm that obeys exactly, under disturbance, or not at all."""

import numpy as np
import pytest

from benchmarks.experts import panda_gripper, servo
from benchmarks.experts.knob import rotation_about
from benchmarks.experts.scene import Obstacles


class FakeArm:
    """Moves 6 mm and 0.1 rad per unit of action; `slip` is added to every executed motion."""

    def __init__(self, slip=0.0, frozen=False):
        self.eef_pos, self.eef_mat = np.array([0.0, 0.0, 0.3]), panda_gripper.level(0.5)
        self.gripper_qpos = np.array([0.04, -0.04])
        self.rng, self.slip, self.frozen = np.random.default_rng(0), slip, frozen

    def step(self, action):
        assert action.dtype == np.float32
        assert action.shape == (7,)
        assert np.abs(action).max() <= 1
        if self.frozen:
            return
        self.eef_pos = self.eef_pos + 0.006 * (action[:3] + self.slip * self.rng.standard_normal(3))
        turn = 0.1 * np.asarray(action[3:6], dtype=float)
        angle = np.linalg.norm(turn)
        if angle > 0:
            self.eef_mat = rotation_about(turn / angle, angle) @ self.eef_mat
        opening = np.clip(self.gripper_qpos[0] - 0.01 * np.sign(action[6]), 0.012, 0.04)
        self.gripper_qpos = np.array([opening, -opening])

    def run(self, actions):
        steps, height = 0, [self.eef_pos[2]]
        for action in actions:
            self.step(action)
            height.append(self.eef_pos[2])
            steps += 1
        return steps, np.array(height)


GOAL, TURN = np.array([0.1, -0.05, 0.2]), panda_gripper.level(1.2)


@pytest.mark.parametrize("slip", [0.0, 0.4])
def test_reach_arrives_in_spite_of_disturbance(slip):
    arm = FakeArm(slip)
    steps, _ = arm.run(servo.reach(arm, GOAL, TURN, servo.OPEN, tolerance=0.006))
    assert np.linalg.norm(arm.eef_pos - GOAL) < 0.006
    assert np.linalg.norm(servo.rotation_error(TURN, arm.eef_mat)) < servo.TURN_TOLERANCE
    assert steps < 40


def test_reach_gives_up_when_blocked():
    arm = FakeArm(frozen=True)
    steps, _ = arm.run(servo.reach(arm, GOAL, TURN, servo.OPEN))
    assert steps == servo.STALL_STEPS


def test_speed_limit_keeps_the_direction():
    arm = FakeArm()
    fast = servo.action(arm, GOAL, TURN, servo.OPEN)
    slow = servo.action(arm, GOAL, TURN, servo.OPEN, speed=0.5)
    assert np.abs(fast[:3]).max() == pytest.approx(1)
    assert slow[:3] == pytest.approx(0.5 * fast[:3])


def test_gripper_stops_when_it_holds_and_when_it_has_let_go():
    arm = FakeArm()
    steps, _ = arm.run(servo.close(arm, arm.eef_pos, arm.eef_mat))
    assert servo.opening(arm) == pytest.approx(0.024)
    assert steps < servo.GRIP_STEPS
    arm.run(servo.release(arm, arm.eef_pos, arm.eef_mat))
    assert servo.opening(arm) >= 0.024 + servo.FREE


@pytest.mark.parametrize(("wall", "rises"), [(0.1, False), (0.4, True)])
def test_travel_goes_over_a_wall_only_if_it_must(wall, rises):
    points = np.array([[0.1, y, wall] for y in np.linspace(-0.3, 0.3, 121)])
    arm = FakeArm()
    goal = np.array([0.25, 0.0, 0.25])
    way = servo.travel(arm, Obstacles(points, 0.0), goal, arm.eef_mat, servo.OPEN, drop=0.01, radius=0.05)
    _, height = arm.run(way)
    assert (height.max() > wall + 0.01) == (rises or wall < 0.3)
    assert (height.max() > 0.31) == rises
    assert np.linalg.norm(arm.eef_pos - goal) < 0.02
