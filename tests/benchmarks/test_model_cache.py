"""Compiled tasks on disk: what comes back, what a change or damage does."""

import json
import os
import pickle
from dataclasses import replace

import mujoco
import numpy as np
import pytest

from benchmarks.build import model_cache
from benchmarks.build.plain_values import packed, unpacked
from benchmarks.sim import goals
from benchmarks.sim.arm_controller import Arm
from benchmarks.sim.compiled_task import CompiledTask, Description, Fixture
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
    assert [file.suffix for file in cache.iterdir()] == [".npz"]


def test_anything_that_went_in_is_in_the_name():
    parts = [{"task": "a"}, {"task": "b"}, {"task": "a", "robot": "Sawyer"}]
    assert len({model_cache.key(each) for each in parts}) == 3


def test_another_version_or_source_compiles_again(monkeypatch):
    before = model_cache.key({})
    monkeypatch.setattr(model_cache, "version", lambda name: "other")
    after = model_cache.key({})
    monkeypatch.setattr(model_cache, "_sources", lambda: "edited")
    assert len({before, after, model_cache.key({})}) == 3


def flipped(content):
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("damage", [lambda b: b[:-100], flipped, lambda b: b""])
def test_a_damaged_file_is_built_again(cache, damage):
    model_cache.compiled("one", {}, task)
    (file,) = cache.glob("*.npz")
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
    files = {file.name.split("-")[0]: file for file in cache.glob("*.npz")}
    for age, name in enumerate(("new", "middle", "old")):
        os.utime(files[name], (1000 - age, 1000 - age))
    size = files["new"].stat().st_size
    model_cache.prune(cache, keep=files["new"], limit=5 * size // 2)
    assert sorted(file.name.split("-")[0] for file in cache.glob("*.npz")) == ["middle", "new"]


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


SITE = goals.Touching(np.array([True, False]), np.array([False, True]))
REGION = Region("a", ((0.0, 1.0, 0.0, 1.0),), (0.0, 0.0, 0.0), (), 0.1, 0.0, 1.0, apart=True)
RICH = Description(
    replace(ARM, torque_limits=(np.arange(3.0), np.arange(3))),
    25,
    {"stove": Fixture(3, np.arange(3.0), np.arange(4.0))},
    Placement(
        7,
        ((0.0, 0.1),),
        (Region("a", ((0.0, 1.0, 0.0, 1.0),), (0.0,) * 3, (), 0.1, 0.0, 1.0, True),),
        frozenset("ab"),
    ),
    [["on", "a", "b"]],
    (
        SITE,
        goals.OnObject(1, 2, SITE),
        goals.OverRegion(1, 2, np.ones(3), None),
        goals.InRegion(1, 2, np.ones(3)),
        goals.Raised(1, 0.5),
    ),
    (goals.Indicator(4, goals.Joints((1, 2), -0.5, True, False, True)),),
    np.arange(6.0).reshape(2, 3),
)


def test_descriptions_come_back_as_they_were():
    found = {}
    again = unpacked(json.loads(json.dumps(packed(RICH, found))), found, model_cache.CLASSES)
    assert type(again) is Description
    assert repr(again) == repr(RICH)


class Runs:
    """A pickle of it would make a folder when it is read."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


@pytest.mark.parametrize("form", ["pickle", "array", "class"])
def test_no_cached_file_runs_code(cache, tmp_path, form):
    model_cache.compiled("one", {}, task)
    (file,) = cache.glob("*.npz")
    if form == "pickle":
        file.write_bytes(pickle.dumps(Runs(str(tmp_path / "owned"))))
    else:
        with np.load(file) as archive:
            content = dict(archive)
        about = json.loads(str(content["about"]))
        if form == "array":
            content["0"] = np.array([Runs(str(tmp_path / "owned"))], dtype=object)
        else:
            about["description"]["class"] = "Popen"
        np.savez(file, **content | {"about": np.array(json.dumps(about))})
    assert model_cache.compiled("one", {}, lambda: task(mass=2.0)).model.body_mass[1] == 2.0
    assert not (tmp_path / "owned").exists()


def test_a_file_of_another_task_is_not_believed(cache):
    model_cache.compiled("one", {"task": "a"}, task)
    model_cache.compiled("one", {"task": "b"}, lambda: task(mass=2.0))
    first, second = cache.glob("*.npz")
    first.write_bytes(second.read_bytes())
    assert model_cache.load(first) is None
    assert model_cache.load(second) is not None


@pytest.mark.parametrize("place", [".", "..", "../.."])
@pytest.mark.parametrize("harm", ["writable", "owned", "link"])
def test_what_another_user_could_have_written_is_built_again(tmp_path, monkeypatch, place, harm):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "a" / "b"))
    model_cache.compiled("one", {}, task)
    (file,) = (tmp_path / "a" / "b" / "models").glob("*.npz")
    assert model_cache.load(file) is not None
    harmed = (file.parent / place).resolve()
    if harm == "writable":
        harmed.chmod(0o777)
    elif os.getuid():
        pytest.skip("only root gives files away")
    elif harm == "owned":
        os.chown(harmed, 12345, -1)
    else:  # of another user, to what is ours
        moved = harmed.rename(harmed.with_name("moved"))
        harmed.symlink_to(moved)
        os.chown(harmed, 12345, -1, follow_symlinks=False)
    assert model_cache.load(file) is None
    assert model_cache.compiled("one", {}, lambda: task(mass=2.0)).model.body_mass[1] == 2.0


def test_a_folder_that_all_may_write_but_none_rename_in_is_no_harm(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "a"))
    model_cache.compiled("one", {}, task)
    tmp_path.chmod(0o1777)
    model_cache.compiled("one", {}, never)
    tmp_path.chmod(0o777)
    with pytest.raises(AssertionError, match="built again"):
        model_cache.compiled("one", {}, never)
