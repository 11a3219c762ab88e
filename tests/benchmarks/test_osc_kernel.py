"""The compiled control step: what it takes from numba instead of numpy and robosuite, and other arms."""

import ctypes

import mujoco
import numba
import numpy as np
import pytest

from benchmarks.assets.libero_setup import import_libero, quiet_robosuite
from benchmarks.build import robots
from benchmarks.build.lift_task import lift_environment, lift_simulation, lift_task
from benchmarks.sim import osc_kernel
from benchmarks.sim.arm_controller import gripper_stride
from benchmarks.sim.simulation import Simulation
from harness.core.errors import UserError
from harness.core.rng import derive_rng

quiet_robosuite()

from robosuite.models import grippers  # noqa: E402  (imported quietly)


@numba.njit
def product(matrix, vector):
    return np.dot(matrix, vector)


@pytest.mark.parametrize("shape", [(3, 3), (3, 15), (3, 43), (6, 6), (7, 6)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_products_are_rounded_as_numpy_rounds_them(shape, order):
    rng = derive_rng("products")
    for _ in range(200):
        matrix, vector = np.asarray(rng.standard_normal(shape), order=order), rng.standard_normal(shape[1])
        np.testing.assert_array_equal(product(matrix, vector), matrix @ vector)


@pytest.mark.parametrize("name", sorted({"PandaGripper", *robots.GRIPPERS.values()}))
def test_grippers_move_as_robosuites_classes_say(name):
    actuators = 1 if name == "JacoThreeFingerGripper" else 2
    stride = gripper_stride(name, actuators)
    gripper = object.__new__(getattr(grippers, name))
    gripper.current_action, ours = np.zeros(actuators), np.zeros(actuators)
    for action in derive_rng("gripper").choice([-1.0, -0.2, 0.0, 0.7, 1.0], 300).repeat(25):
        ours = np.clip(ours + stride * np.sign(action), -1.0, 1.0)
        np.testing.assert_array_equal(ours, gripper.format_action(np.array([action])))


def test_a_gripper_that_moves_otherwise_is_refused_in_one_line():
    with pytest.raises(
        UserError, match=r"'RobotiqThreeFingerGripper' does not move by fixed strides.*reference"
    ):
        gripper_stride("RobotiqThreeFingerGripper", 1)


def test_another_integrator_is_refused():
    lift = lift_simulation()
    lift.model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
    with pytest.raises(UserError, match=r"mjINT_RK4.*reference"):
        lift.step(np.zeros(7))


def test_a_function_that_mujoco_lacks_is_named():
    with pytest.raises(ImportError, match=r"mujoco 3.3.2 lacks mj_warp; install requirements.txt"):
        osc_kernel._function("mj_warp")


def test_addresses_are_those_of_mujocos_structures():
    """Remove `osc_kernel.address` once the bindings have a public name for it."""
    model = lift_simulation().model
    sizes = (ctypes.c_int * 3).from_address(osc_kernel.address(model))
    assert list(sizes) == [model.nq, model.nv, model.nu]
    assert not [
        name for name in dir(model) if not name.startswith("_") and ("address" in name or "ptr" in name)
    ]


def test_mujoco_counts_numbers_that_are_not_finite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes a log of its warnings here
    lift = lift_simulation()
    lift.load_official(0, derive_rng("unused"))
    lift.step(np.zeros(7))
    for where, warning in (
        ("qvel", mujoco.mjtWarning.mjWARN_BADQVEL),
        ("qpos", mujoco.mjtWarning.mjWARN_BADQPOS),
    ):
        getattr(lift.data, where)[0] = np.nan
        lift.step(np.zeros(7))
        assert lift.data.warning[warning].number == 1
        assert np.isfinite(lift.state()).all()


@pytest.mark.parametrize(
    "arm",
    ["UR5e", *(pytest.param(arm, marks=pytest.mark.slow) for arm in ("IIWA", "Jaco", "Kinova3", "Sawyer"))],
)
def test_other_arms_are_bit_identical_to_robosuite(arm):
    import_libero()  # defines the mounts
    robots.register(arm)
    env = lift_environment(f"Mounted{arm}")
    simulation = Simulation(lift_task(env), env=env)
    start, ends = simulation.state(), []
    actions = derive_rng("actions").uniform(-1.2, 1.2, (60, 7)) - np.array([0, 0, 0.4, 0, 0, 0, 0])
    for step in (env.step, simulation.step):
        env.reset()
        simulation.load_recorded(start, {})
        for action in actions:
            step(action)
        ends.append(simulation.state()[1:])
    np.testing.assert_array_equal(*ends)
