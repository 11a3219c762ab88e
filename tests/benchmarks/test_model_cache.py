"""Compiled tasks on disk: what comes back, what a change or damage does."""

import os
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from benchmarks.build import model_cache
from benchmarks.sim.arm_controller import Arm
from benchmarks.sim.compiled_task import CompiledTask, Description
from benchmarks.sim.placement import Placement, Region

NONE = np.zeros(0)
ARM = Arm(
    site=0,
    eef_body=0,
    gripper_joints=NONE,
    qpos_index=NONE,
    qvel_index=NONE,
    actuators=NONE,
    torque_limits=(NONE, NONE),
    kp=NONE,
    kd=NONE,
    input_min=NONE,
    input_max=NONE,
    output_min=NONE,
    output_max=NONE,
    initial_joint=NONE,
    initial_orientation=NONE,
    first_state=(np.asfortranarray(np.arange(6.0).reshape(2, 3)),),
    gripper="PandaGripper",
    gripper_actuators=NONE,
)


def task(mass=1.0):
    xml = f'<mujoco><worldbody><body><freejoint/><geom size="1" mass="{mass}"/></body></worldbody></mujoco>'
    description = Description(ARM, 25, {}, Placement(0, (), (), frozenset()), [["on", "a", "b"]], (), ())
    return CompiledTask(mujoco.MjModel.from_xml_string(xml), description)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    return tmp_path / "models"


def never():
    raise AssertionError("built again")


def test_what_was_compiled_comes_back(cache):
    first = model_cache.compiled("one", {"task": "a"}, task)
    again = model_cache.compiled("one", {"task": "a"}, never)
    assert again.description.goal == first.description.goal
    np.testing.assert_array_equal(again.model.body_mass, first.model.body_mass)
    reading = again.description.arm.first_state[0]
    assert reading.flags.f_contiguous, "the memory layout decides the rounding of products"
    assert [file.suffix for file in cache.iterdir()] == [".task"]


def test_anything_that_went_in_is_in_the_name():
    parts = [{"task": "a"}, {"task": "b"}, {"task": "a", "robot": "Sawyer"}]
    assert len({model_cache.key(each) for each in parts}) == 3


def test_another_version_or_source_compiles_again(monkeypatch):
    before = model_cache.key({})
    monkeypatch.setattr(model_cache, "version", lambda name: "other")
    after = model_cache.key({})
    monkeypatch.setattr(model_cache, "_sources", lambda: "edited")
    assert len({before, after, model_cache.key({})}) == 3


@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b[:50] + b"x" + b[51:], lambda b: b""])
def test_a_damaged_file_is_built_again(cache, damage):
    model_cache.compiled("one", {}, task)
    (file,) = cache.glob("*.task")
    file.write_bytes(damage(file.read_bytes()))
    rebuilt = model_cache.compiled("one", {}, lambda: task(mass=2.0))
    assert rebuilt.model.body_mass[1] == 2.0
    assert model_cache.compiled("one", {}, never).model.body_mass[1] == 2.0


def test_a_full_disk_costs_time_only(monkeypatch):
    def full(path, task):
        raise OSError("no space left on device")

    monkeypatch.setattr(model_cache, "save", full)
    assert model_cache.compiled("one", {}, task).model.nbody == 2


def test_files_unused_for_longest_make_room(cache):
    for name in ("old", "middle", "new"):
        model_cache.compiled(name, {}, task)
    files = {file.name.split("-")[0]: file for file in cache.glob("*.task")}
    for age, name in enumerate(("new", "middle", "old")):
        os.utime(files[name], (1000 - age, 1000 - age))
    size = files["new"].stat().st_size
    model_cache.prune(cache, keep=files["new"], limit=2 * size + 1)
    assert sorted(file.name.split("-")[0] for file in cache.glob("*.task")) == ["middle", "new"]


def test_fixtures_are_drawn_apart_and_repeat():
    box = Region("box", ((0.0, 1.0, 0.0, 1.0),), (0.0, 0.0, 0.8), ((0.0, 1.0),), 0.2, -0.1, 0.1, apart=True)
    other = replace(box, name="stove")
    placement = Placement(7, ((0.0, 0.1),), (box, other), frozenset({"box", "stove"}))
    poses = placement.draw(3)
    assert np.linalg.norm(poses["box"][:2] - poses["stove"][:2]) > 0.4
    assert poses["box"][2] == pytest.approx(0.9)
    np.testing.assert_allclose(np.linalg.norm(poses["stove"][3:]), 1.0)
    np.testing.assert_array_equal(placement.draw(3)["stove"], poses["stove"])
    assert not np.array_equal(placement.draw(4)["stove"], poses["stove"])
    crowded = replace(placement, regions=(box, replace(other, ranges=((0.5, 0.5, 0.5, 0.5),), radius=9.0)))
    with pytest.raises(RuntimeError, match="no place for stove"):
        crowded.draw(0)
