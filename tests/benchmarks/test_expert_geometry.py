"""Surfaces, height maps and the gripper's frame, on shapes whose answer is known."""

import mujoco
import numpy as np
import pytest

from benchmarks.experts import heightmap, panda_gripper
from benchmarks.experts.knob import rotation_about
from benchmarks.experts.servo import rotation_error
from benchmarks.experts.surfaces import Surfaces, geom_surface

TETRAHEDRON = "0 0 0  0.1 0 0  0 0.1 0  0 0 0.1"
MODEL = f"""
<mujoco>
  <asset><mesh name="tetra" vertex="{TETRAHEDRON}"/></asset>
  <worldbody>
    <geom name="ground" type="plane" size="1 1 0.1" pos="0 0 -0.2"/>
    <geom name="box" type="box" size="0.03 0.02 0.01"/>
    <geom name="cylinder" type="cylinder" size="0.03 0.05"/>
    <geom name="capsule" type="capsule" size="0.02 0.05"/>
    <geom name="sphere" type="sphere" size="0.04"/>
    <geom name="ellipsoid" type="ellipsoid" size="0.04 0.03 0.02"/>
    <geom name="mesh" type="mesh" mesh="tetra"/>
    <geom name="without contacts" type="box" size="0.1 0.1 0.1" contype="0" conaffinity="0"/>
    <body name="lifted" pos="0 0 0.5" euler="0 0 90">
      <geom name="bar" type="box" size="0.05 0.01 0.01"/>
    </body>
  </worldbody>
</mujoco>
"""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


def distance_from_surface(name, points):
    x, y, z = np.abs(points).T
    if name == "box":
        return np.abs(np.maximum.reduce([x - 0.03, y - 0.02, z - 0.01]))
    if name == "cylinder":
        return np.abs(np.maximum(np.hypot(x, y) - 0.03, z - 0.05))
    if name == "capsule":
        return np.abs(np.linalg.norm([x, y, np.maximum(0, z - 0.05)], axis=0) - 0.02)
    if name == "sphere":
        return np.abs(np.linalg.norm(points, axis=1) - 0.04)
    return np.abs(np.linalg.norm(points / [0.04, 0.03, 0.02], axis=1) - 1) * 0.02


@pytest.mark.parametrize("name", ["box", "cylinder", "sphere", "ellipsoid", "capsule"])
def test_samples_lie_on_the_surface_and_reach_its_ends(model, name):
    points = geom_surface(model, model.geom(name).id)
    inside_of_capsule = name == "capsule"  # the flat ends of its cylinder lie inside, which does no harm
    off = distance_from_surface(name, points)
    assert (np.median(off) if inside_of_capsule else off.max()) < 1e-6
    extent = {"box": 0.06, "cylinder": 0.06, "sphere": 0.08, "ellipsoid": 0.08, "capsule": 0.04}[name]
    assert np.ptp(points[:, 0]) == pytest.approx(extent, abs=0.002)


def test_a_mesh_is_its_convex_hull(model):
    geom = model.geom("mesh").id
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    points = Surfaces(model).points(data, [geom])
    assert points.min(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert points.sum(axis=1).max() == pytest.approx(0.1, abs=1e-6)


def test_only_solid_geoms_have_surfaces_and_poses_are_applied(model):
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    surfaces = Surfaces(model)
    names = {model.geom(geom).name for geom in surfaces.geoms(root=0)}
    assert "without contacts" not in names
    assert "ground" not in names
    assert surfaces.floor(data) == pytest.approx(-0.2)
    bar = surfaces.points(data, surfaces.geoms(body=model.body("lifted").id))
    assert np.ptp(bar, axis=0) == pytest.approx([0.02, 0.10, 0.02], abs=1e-6)
    assert bar[:, 2].mean() == pytest.approx(0.5)


def test_height_map_keeps_extremes_and_turns_with_yaw():
    points = np.array([[0.1, 0.0, 0.3], [0.1, 0.0, 0.2], [0.0, 0.0, -1.0]])
    grid = heightmap.top(points, np.zeros(2), 0.2)
    middle, shift = len(grid) // 2, round(0.1 / heightmap.CELL)
    assert grid[middle + shift, middle] == 0.3
    assert grid[middle, middle] == -1.0
    assert np.isneginf(grid).sum() == grid.size - 2
    assert heightmap.bottom(points, np.zeros(2), 0.2)[middle + shift, middle] == 0.2
    assert heightmap.top(points, np.zeros(2), 0.2, yaw=np.pi / 2)[middle, middle - shift] == 0.3


def test_level_hand_points_down_and_knows_its_yaw():
    turn = panda_gripper.level(0.7)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn[:, 2] == pytest.approx([0, 0, -1])
    assert panda_gripper.finger_yaw(turn) == pytest.approx(0.7)


@pytest.mark.parametrize("yaw", [-4.0, -1.6, 0.1, 3.0])
def test_nearest_yaw_is_the_same_grasp_within_a_quarter_turn(yaw):
    near = panda_gripper.nearest_yaw(yaw, 1.0)
    assert abs(near - 1.0) <= np.pi / 2
    assert np.sin(near - yaw) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.3, -1.2, 3.1])
def test_rotation_error_inverts_a_rotation(angle):
    axis = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    start = panda_gripper.level(0.4)
    error = rotation_error(rotation_about(axis, angle) @ start, start)
    assert error == pytest.approx(axis * angle, abs=1e-6)
