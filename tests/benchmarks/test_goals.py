"""Goal predicates on a scene of two boxes and a hinge, without LIBERO."""

import mujoco
import numpy as np
import pytest

from benchmarks.sim.goals import Indicator, InRegion, Joints, OnObject, OverRegion, Raised, Touching

SCENE = """
<mujoco>
  <worldbody>
    <body name="table"><geom name="top" type="box" size="1 1 0.1" pos="0 0 -0.1"/>
      <site name="zone" type="box" size="0.1 0.1 0.02"/></body>
    <body name="cup" pos="0 0 0.0499"><freejoint/><geom name="cup" type="box" size="0.05 0.05 0.05"/></body>
    <body name="knob" pos="0.5 0 0.5"><joint name="turn" axis="0 0 1"/>
      <geom name="knob" size="0.01" contype="0" conaffinity="0"/><site name="lamp" rgba="1 0 0 0"/></body>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def scene():
    model = mujoco.MjModel.from_xml_string(SCENE)
    return model, mujoco.MjData(model)


def at(scene, position):
    model, data = scene
    data.qpos[:3] = position
    mujoco.mj_forward(model, data)
    return data


def mask(scene, name):
    groups = np.zeros(scene[0].ngeom, dtype=bool)
    groups[scene[0].geom(name).id] = True
    return groups


def test_contact_in_either_order(scene):
    cup, top = mask(scene, "cup"), mask(scene, "top")
    for predicate in (Touching(cup, top), Touching(top, cup)):
        assert predicate.holds(at(scene, [0, 0, 0.0499]))
        assert not predicate.holds(at(scene, [0, 0, 0.06]))
    assert not Touching(cup, mask(scene, "knob")).holds(at(scene, [0, 0, 0.0499]))


@pytest.mark.parametrize(
    ("position", "expected"),
    [([0, 0, 0.0499], True), ([0.029, 0, 0.0499], True), ([0.031, 0, 0.0499], False), ([0, 0, 0.06], False)],
)
def test_on_an_object_is_near_above_and_touching(scene, position, expected):
    touching = Touching(mask(scene, "top"), mask(scene, "cup"))
    predicate = OnObject(scene[0].body("cup").id, scene[0].body("table").id, touching)
    assert predicate.holds(at(scene, position)) == expected


@pytest.mark.parametrize(
    ("position", "over", "inside"),
    [
        ([0, 0, 0.05], True, False),
        ([0, 0, 0.019], True, True),
        ([0, 0, -0.029], False, True),
        ([0, 0, -0.031], False, False),
        ([0.11, 0, 0.05], False, False),
        ([0, 0, 0.121], False, False),
    ],
)
def test_over_and_in_a_region(scene, position, over, inside):
    body, site, size = scene[0].body("cup").id, scene[0].site("zone").id, np.array([0.1, 0.1, 0.02])
    data = at(scene, position)
    assert OverRegion(body, site, size, None).holds(data) == over
    assert InRegion(body, site, size).holds(data) == inside


def test_joints_any_all_and_the_threshold_itself(scene):
    data = at(scene, [0, 0, 1])
    address = int(scene[0].joint("turn").qposadr[0])
    data.qpos[address] = 0.5
    assert Joints((address,), 0.5, rising=True, inclusive=True, every=False).holds(data)
    assert not Joints((address,), 0.5, rising=True, inclusive=False, every=False).holds(data)
    assert Joints((address, 0), 0.2, rising=True, inclusive=False, every=False).holds(data)
    assert not Joints((address, 0), 0.2, rising=True, inclusive=False, every=True).holds(data)
    assert Joints((0,), 0.2, rising=False, inclusive=False, every=True).holds(data)


def test_raised_and_the_lamp(scene):
    model, data = scene[0], at(scene, [0, 0, 0.3])
    assert Raised(model.body("cup").id, 0.29).holds(data)
    assert not Raised(model.body("cup").id, 0.31).holds(data)
    address, lamp = int(model.joint("turn").qposadr[0]), model.site("lamp").id
    indicator = Indicator(lamp, Joints((address,), 0.5, rising=True, inclusive=True, every=False))
    for angle, alpha in ((0.0, 0.0), (0.6, 1.0), (0.6, 1.0), (0.1, 0.0)):
        data.qpos[address] = angle
        indicator.show(model, data)
        assert model.site_rgba[lamp, 3] == alpha
