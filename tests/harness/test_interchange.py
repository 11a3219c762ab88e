"""Datasets of other projects: written, read back, read by independent readers; what is wrong with some."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from baselines.data.images import fit
from baselines.data.synthetic import synthetic
from benchmarks.suites.fake import SUITE
from harness import demos
from harness.core import registry
from harness.core.dataset import Dataset, Entry, Episode
from harness.core.errors import UserError
from harness.core.keys import Task
from harness.core.settings import Simulation
from harness.interchange import checks, importing, manifest, orientation, placements, video
from harness.interchange.sources import format_of, located

CAMERAS = ("agentview", "wrist")
FORMATS = ("lerobot", "lerobot-v21", "hdf5", "robomimic")
SIDE = 16


def made(count=3, length=12):
    """Demonstrations of two tasks with an image of every step: a picture that cannot be turned unnoticed."""
    found = []
    for number, demo in enumerate(synthetic(count, SIDE, length)):
        task = SUITE.tasks[number * 2 // count]
        images = {}
        for place, camera in enumerate(CAMERAS):
            shots = np.full((length, SIDE, SIDE, 3), 40 + 20 * place, np.uint8)
            shots[:, :4, :6] = 250
            shots[:, 8:, :8] = np.arange(length)[:, None, None, None] * 10
            images[camera] = shots
        found.append(
            replace(
                demo,
                task=task,
                image_steps=np.arange(length, dtype=np.int32),
                images=images,
                sim_states=np.cumsum(np.ones((length, 24)) * (number + 1), axis=0),
            )
        )
    return found


@pytest.fixture
def written(tmp_path):
    """Writes the demonstrations in a format; returns the folder."""

    def write(name, demonstrations=None, in_videos=False):
        folder = tmp_path / f"{name}-{in_videos}"
        folder.mkdir()
        registry.find("format", name).write(folder, demonstrations or made(), SUITE, in_videos=in_videos)
        return folder

    return write


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read_back(written, name):
    folder, wanted = written(name), made()
    if name in ("hdf5", "robomimic"):  # one file a task, in the order of their names
        wanted = sorted(wanted, key=lambda demo: demo.task.name)
    form = format_of(folder)
    assert form.name == name
    dataset = form.open(folder, CAMERAS)
    assert dataset.rate_hz == 20.0
    assert len(dataset.entries) == len(wanted)
    for index, demo in enumerate(wanted):
        assert importing.shows(dataset.entries[index], demo.task, SUITE)
        found = dataset.load(index)
        np.testing.assert_array_equal(found.actions, demo.actions)
        np.testing.assert_allclose(found.state, demo.state, atol=1e-6)
        for camera in CAMERAS:
            np.testing.assert_array_equal(found.images[camera], demo.images[camera])
        if found.sim_states.shape[1]:
            np.testing.assert_array_equal(found.sim_states, demo.sim_states)


@pytest.mark.parametrize("name", ["lerobot", "lerobot-v21"])
def test_videos_are_read_back_frame_by_frame(written, name):
    wanted = made()
    dataset = format_of(folder := written(name, in_videos=True)).open(folder, CAMERAS)
    for index, demo in enumerate(wanted):
        found = dataset.load(index).images
        for camera in CAMERAS:
            assert found[camera].shape == demo.images[camera].shape
            grey = np.abs(found[camera].astype(int).mean(-1) - demo.images[camera].mean(-1))
            # a frame differs from its neighbour by 10: a shift by one frame would show
            assert grey[:, 10:, :6].mean() < 2.0


def test_an_independent_reader_finds_lerobot_v3_the_same(written):
    folder, wanted = written("lerobot"), made()
    info = json.loads((folder / "meta/info.json").read_text())
    assert (info["codebase_version"], info["fps"], info["total_episodes"]) == ("v3.0", 20.0, 3)
    episodes = pd.read_parquet(folder / "meta/episodes/chunk-000/file-000.parquet")
    tasks = pd.read_parquet(folder / "meta/tasks.parquet")
    for index, demo in enumerate(wanted):
        row = episodes.iloc[index]
        file = info["data_path"].format(
            chunk_index=row["data/chunk_index"], file_index=row["data/file_index"]
        )
        table = pq.read_table(folder / file).to_pandas()
        rows = table[table["episode_index"] == index]
        assert list(rows["index"]) == list(range(row["dataset_from_index"], row["dataset_to_index"]))
        np.testing.assert_array_equal(np.stack(rows["action"]), demo.actions)
        np.testing.assert_array_equal(np.stack(rows["observation.state"]), demo.state)
        assert tasks.index[rows["task_index"].iloc[0]] == demo.task.instruction
        first = Image.open(io.BytesIO(rows["observation.images.image"].iloc[0]["bytes"]))
        np.testing.assert_array_equal(np.asarray(first), demo.images["agentview"][0])
    stats = json.loads((folder / "meta/stats.json").read_text())
    actions = np.concatenate([demo.actions for demo in wanted])
    np.testing.assert_allclose(stats["action"]["mean"], actions.mean(0), atol=1e-6)
    np.testing.assert_allclose(stats["action"]["std"], actions.std(0), atol=1e-6)
    assert stats["action"]["count"] == [len(actions)]


def test_an_independent_reader_finds_lerobot_v21_the_same(written):
    folder, wanted = written("lerobot-v21"), made()
    info = json.loads((folder / "meta/info.json").read_text())
    lines = (folder / "meta/episodes.jsonl").read_text().splitlines()
    assert [json.loads(line)["length"] for line in lines] == [len(demo) for demo in wanted]
    table = pq.read_table(folder / info["data_path"].format(episode_chunk=0, episode_index=1))
    np.testing.assert_array_equal(np.array(table["actions"].to_pylist(), np.float32), wanted[1].actions)
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["state"]["length"] == 8
    assert set(features) == set(table.column_names)


def test_an_independent_reader_finds_hdf5_the_same(written):
    folder, wanted = written("hdf5"), made()
    with h5py.File(folder / "reach_red_demo.hdf5") as file:
        data = file["data"]
        told = json.loads(data.attrs["problem_info"])["language_instruction"]
        assert (told, data.attrs["num_demos"]) == ("reach the red goal", 2)
        demo = data["demo_1"]
        np.testing.assert_array_equal(demo["actions"][()].astype(np.float32), wanted[1].actions)
        shown = demo["obs/agentview_rgb"][()]
        np.testing.assert_array_equal(shown[:, ::-1, ::-1], wanted[1].images["agentview"])
        assert demo.attrs["num_samples"] == len(wanted[1])


def published_v20(folder, turn=np.s_[:], fps=10):
    """`physical-intelligence/libero` in small: features, dtypes, paths and fps of its converter (openpi
    examples/libero/convert_libero_data_to_lerobot.py), LeRobot v2.0 with images in the table."""
    (demo,) = synthetic(1, SIDE, 30)
    (folder / "meta").mkdir(parents=True)
    features = {
        key: {"dtype": "image", "shape": [SIDE, SIDE, 3], "names": ["height", "width", "channel"]}
        for key in ("image", "wrist_image")
    }
    features |= {"state": {"dtype": "float32", "shape": [8], "names": ["state"]}}
    features |= {"actions": {"dtype": "float32", "shape": [7], "names": ["actions"]}}
    info = {
        "codebase_version": "v2.0",
        "robot_type": "panda",
        "total_episodes": 1,
        "fps": fps,
        "chunks_size": 1000,
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
        "features": features,
    }
    (folder / "meta/info.json").write_text(json.dumps(info))
    told = {"episode_index": 0, "tasks": [SUITE.tasks[1].instruction], "length": 15}
    (folder / "meta/episodes.jsonl").write_text(json.dumps(told) + "\n")

    def cells(camera):
        for image in demo.images[camera]:
            file = io.BytesIO()
            Image.fromarray(image[turn]).save(file, "PNG")
            yield {"bytes": file.getvalue(), "path": "frame.png"}

    table = pa.table(
        {
            "image": list(cells("agentview")),
            "wrist_image": list(cells("wrist")),
            "state": pa.array(demo.state[:15].tolist(), pa.list_(pa.float32())),
            "actions": pa.array(demo.actions[:15].tolist(), pa.list_(pa.float32())),
            "timestamp": pa.array(np.arange(15) / fps, pa.float32()),
            "frame_index": np.arange(15),
            "episode_index": np.zeros(15, int),
            "index": np.arange(15),
            "task_index": np.zeros(15, int),
        }
    )
    (folder / "data/chunk-000").mkdir(parents=True)
    pq.write_table(table, folder / "data/chunk-000/episode_000000.parquet")
    return demo


def test_the_layout_of_physical_intelligence_libero_loads_unchanged(tmp_path):
    demo = published_v20(tmp_path)
    dataset = format_of(tmp_path).open(tmp_path, CAMERAS)
    found = dataset.load(0)
    assert (dataset.rate_hz, dataset.entries[0].instruction) == (10.0, SUITE.tasks[1].instruction)
    np.testing.assert_array_equal(found.images["wrist"], demo.images["wrist"])
    np.testing.assert_array_equal(found.actions, demo.actions[:15])


def published_hdf5(file):
    """LIBERO's own file in small (scripts/create_dataset.py): float64, images as OpenGL has them, and the
    observation of a row seen AFTER its action, beside the simulator state before it."""
    rng = np.random.default_rng(0)
    states = rng.normal(size=(9, 30))  # before each of 9 actions, the last one's outcome is not kept
    seen = rng.integers(0, 256, (10, SIDE, SIDE, 3), dtype=np.uint8)  # upright, before each action and after
    pose, actions = rng.normal(size=(10, 8)), rng.uniform(-1, 1, (9, 7))
    joints = np.concatenate([states[:, 1:8], rng.normal(size=(1, 7))])
    with h5py.File(file, "w") as data:
        group = data.create_group("data")
        group.attrs["problem_info"] = json.dumps({"language_instruction": ["reach", "the", "blue", "goal"]})
        group.attrs["env_args"] = json.dumps({"env_kwargs": {"control_freq": 20}})
        group.attrs["macros_image_convention"] = "opengl"
        demo = group.create_group("demo_0")
        demo["actions"], demo["states"], demo["robot_states"] = actions, states, rng.normal(size=(9, 9))
        demo["rewards"] = demo["dones"] = np.zeros(9, np.uint8)
        after = slice(1, None)
        demo["obs/ee_pos"], demo["obs/ee_ori"] = pose[after, :3], pose[after, 3:6]
        demo["obs/ee_states"], demo["obs/gripper_states"] = pose[after, :6], pose[after, 6:]
        demo["obs/joint_states"] = joints[after]
        for key in ("agentview_rgb", "eye_in_hand_rgb"):
            demo[f"obs/{key}"] = seen[after, ::-1, ::-1]
    return states, seen, pose, actions


def test_liberos_own_hdf5_loads_unchanged_each_action_with_what_was_seen_before_it(tmp_path):
    states, seen, pose, actions = published_hdf5(tmp_path / "reach_blue_demo.hdf5")
    dataset = format_of(tmp_path).open(tmp_path, CAMERAS)
    found = dataset.load(0)
    assert (dataset.entries[0].instruction, dataset.rate_hz) == ("reach the blue goal", 20.0)
    np.testing.assert_array_equal(found.images["agentview"], seen[1:9])
    np.testing.assert_array_equal(found.state, pose[1:9].astype(np.float32))
    np.testing.assert_array_equal(found.actions, actions[1:].astype(np.float32))
    np.testing.assert_array_equal(found.sim_states, states[1:])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file["data/demo_0/obs"].pop("ee_ori"), "no 'obs/ee_ori'; it has .*obs/ee_pos"),
        (lambda file: file["data/demo_0"].pop("actions"), "no 'actions'"),
        (lambda file: file["data/demo_0/obs"].pop("agentview_rgb"), "no 'obs/agentview_rgb'"),
    ],
)
def test_a_missing_key_is_named_with_those_that_are_there(tmp_path, spoil, said):
    published_hdf5(tmp_path / "x_demo.hdf5")
    with h5py.File(tmp_path / "x_demo.hdf5", "a") as file:
        spoil(file)
    with pytest.raises(UserError, match=said):
        format_of(tmp_path).open(tmp_path, CAMERAS)


def test_a_missing_feature_column_or_file_is_named(tmp_path):
    published_v20(tmp_path)
    with pytest.raises(UserError, match=r"no camera 'left'.*it has actions, image, state, wrist_image"):
        format_of(tmp_path).open(tmp_path, ("left",))
    table = pq.read_table(file := tmp_path / "data/chunk-000/episode_000000.parquet")
    pq.write_table(table.drop_columns(["state"]), file)
    with pytest.raises(UserError, match="no column 'state'"):
        format_of(tmp_path).open(tmp_path, CAMERAS).load(0)
    file.unlink()
    with pytest.raises(UserError, match=r"episode_000000.parquet.*no such file"):
        format_of(tmp_path).open(tmp_path, CAMERAS)


def test_rows_that_are_not_as_far_apart_as_fps_says_are_found(tmp_path):
    published_v20(tmp_path, fps=10)
    info = tmp_path / "meta/info.json"
    info.write_text(info.read_text().replace('"fps": 10', '"fps": 20'))
    with pytest.raises(UserError, match=r"rows are 0.1 s apart, .* says 20 a second"):
        format_of(tmp_path).open(tmp_path, CAMERAS).load(0)


@pytest.mark.parametrize("form", ["lerobot", "lerobot-v21", "hdf5"])
def test_cut_files_are_one_line_and_no_traceback(written, form):
    folder = written(form)
    for file in [*folder.rglob("*.parquet"), *folder.rglob("*.hdf5")]:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UserError) as caught:
        format_of(folder).open(folder, CAMERAS).load(0)
    assert "\n" not in str(caught.value)


def test_a_path_out_of_the_dataset_is_refused(tmp_path):
    published_v20(tmp_path / "d")
    info = tmp_path / "d/meta/info.json"
    (tmp_path / "secret.parquet").write_bytes(b"x")
    spoiled = json.loads(info.read_text()) | {"data_path": "../secret.parquet"}
    info.write_text(json.dumps(spoiled))
    with pytest.raises(UserError, match="leaves the dataset"):
        format_of(tmp_path / "d").open(tmp_path / "d", CAMERAS)


SIMULATED = replace(SUITE, uses_mujoco=True)
"""A suite whose demonstrations are examined as those of LIBERO are."""


def like_libero(rng, step=0.2, gripper=1.0):
    """An episode with the motion of an arm under LIBERO's controller that grasps half-way."""
    actions = rng.uniform(-1, 1, (60, 7)).astype(np.float32)
    actions[:, 6] = np.where(np.arange(60) < 30, -1, 1)
    state = np.zeros((60, 8), np.float32)
    state[1:, :3] = np.cumsum(step * checks.REACH * actions[:-1, :3], axis=0)
    width = (
        np.interp(np.arange(60), [30, 38], [0.08, 0.0])
        if gripper > 0
        else np.interp(np.arange(60), [30, 38], [0, 0.08])
    )
    state[:, 6], state[:, 7] = width / 2, -width / 2
    return Episode({}, state, actions, np.empty((60, 0)))


def with_actions(episode, change):
    actions = episode.actions.copy()
    change(actions)
    return replace(episode, actions=actions)


def double(actions):
    actions[:, :3] *= 3


def to_zero_one(actions):
    actions[:, 6] = (1 - actions[:, 6]) / 2


def negate(actions):
    actions[:, :3] *= -1


def still(actions):
    actions[:, :3] = 0


RNG = np.random.default_rng(1)
GOOD = like_libero(RNG)
BAD = [
    (with_actions(GOOD, double), 20.0, "actions reach .* range is -1 to 1"),
    (with_actions(GOOD, to_zero_one), 20.0, "gripper's action is 0 to 1"),
    (like_libero(RNG, gripper=-1.0), 20.0, "fingers open where the gripper's action is positive"),
    (with_actions(GOOD, negate), 20.0, "arm moves against its actions"),
    (with_actions(GOOD, still), 20.0, "never move the arm"),
    (like_libero(RNG, step=0.4), 20.0, r"0.40 of what its action asks.*rows were left out \(a lower fps"),
    (like_libero(RNG, step=0.05), 20.0, r"rows are repeated"),
    (GOOD, 30.0, "fps is 30, fake acts at 20 Hz"),
    (replace(GOOD, state=GOOD.state[:, :7]), 20.0, "state has 7 numbers, fake has 8"),
    (replace(GOOD, actions=GOOD.actions[:-1]), 20.0, "60 rows of state, 59 rows of actions"),
    (with_actions(GOOD, lambda actions: actions.__setitem__((3, 2), np.nan)), 20.0, "not finite"),
]


@pytest.mark.parametrize(("episode", "rate", "said"), BAD)
def test_what_is_wrong_with_the_numbers_is_named(episode, rate, said):
    with pytest.raises(UserError, match=said) as caught:
        checks.check(Dataset(rate, (), lambda at: episode), [episode], "data, episode 0", SIMULATED)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [None, 20.0, 10.0])
def test_demonstrations_like_liberos_pass(rate):
    checks.check(Dataset(rate, (), lambda at: GOOD), [GOOD, GOOD], "data", SIMULATED)


@pytest.mark.parametrize(("name", "turn"), list(orientation.TURNS.items()))
def test_images_that_are_turned_are_named(name, turn):
    drawn = made(1)[0].images["agentview"][0]
    noisy = np.clip(drawn + np.random.default_rng(0).normal(0, 20, drawn.shape), 0, 255).astype(np.uint8)
    orientation.check({"agentview": [noisy]}, {"agentview": drawn}, "data")
    with pytest.raises(UserError, match=f"camera 'agentview' are {name.split('(')[0].strip()}"):
        orientation.check({"agentview": [noisy[turn]]}, {"agentview": drawn}, "data")


def test_images_of_something_else_are_not_said_to_be_turned():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)]
    orientation.check({"agentview": images}, {"agentview": made(1)[0].images["agentview"][0]}, "data")


def test_an_official_initial_state_is_recognised_after_it_settled():
    states = np.random.default_rng(0).normal(size=(5, 79))
    start = states[3].copy()
    start[:10] += 1  # the arm may be elsewhere
    start[10:40] += 0.001
    assert placements.official(start, states) == 3
    start[12] += 0.01
    assert placements.official(start, states) is None
    assert placements.official(start[:-1], states) is None


def test_a_dataset_of_ours_is_sampled_until_a_file_is_changed(written):
    folder = written("hdf5")
    manifest.write(folder, "fake", "hdf5", "none", [manifest.Origin(0, 0, "x")])
    file = folder / "reach_red_demo.hdf5"
    assert manifest.placements(folder, [file]) == placements.SAMPLED
    with h5py.File(file, "a") as data:
        data["data/demo_0/actions"][0, 0] = 0.5
    with pytest.raises(UserError, match="not what was written there"):
        manifest.placements(folder, [file])
    (folder / manifest.NAME).unlink()
    assert manifest.placements(folder, [file]) == placements.UNKNOWN


def wanted(folder, **facts):
    asked = {"task_ids": (0, 1), "seeds": (0,), "demos": 2}
    simulation = Simulation(suite="fake", asset_label="none", image_size=8, render="fast", expert="1")
    return importing.Wanted(SUITE, simulation, **(asked | facts), cameras=CAMERAS)


def test_a_study_seed_draws_its_own_and_fewer_are_the_first_of_more(written, tmp_path):
    folder = written("lerobot", made(12))
    source = importing.open_source(str(folder), wanted(folder))
    six = importing.chosen(source, 0, 0, 6, "fake")
    assert sorted(six) == list(source.by_task[0])
    assert importing.chosen(source, 0, 0, 3, "fake") == six[:3]
    assert any(importing.chosen(source, 0, seed, 6, "fake") != six for seed in (1, 2, 3))


def test_converted_demonstrations_are_those_of_the_dataset_once(written, tmp_path, capsys):
    folder = written("lerobot-v21", made(6))
    asked = wanted(folder)
    source = importing.open_source(str(folder), asked)
    store, known = importing.convert(source, asked, tmp_path / "cache", fit, assets="none")
    assert known == placements.UNKNOWN
    assert "converting 4 demonstrations" in capsys.readouterr().err
    for task_id in (0, 1):
        entries = importing.chosen(source, task_id, 0, 2, "fake")
        for slot, entry in enumerate(entries):
            found, original = store.load(task_id, slot), source.dataset.load(entry)
            np.testing.assert_array_equal(found.actions, original.actions)
            assert found.images["wrist"].shape == (12, 8, 8, 3)
            assert found.assets == source.label
    importing.convert(source, asked, tmp_path / "cache", fit, assets="none")
    assert "converting" not in capsys.readouterr().err


def test_too_few_demonstrations_and_no_dataset_are_one_line(written, tmp_path):
    folder = written("hdf5")
    with pytest.raises(UserError, match=r"2 demonstrations of task 0 .*, 3 are needed.*shows: reach the"):
        importing.open_source(str(folder), wanted(folder, demos=3))
    with pytest.raises(UserError, match="is no dataset of a known format"):
        format_of(Path(__file__).parent)
    with pytest.raises(UserError, match="no such file or folder"):
        located(str(tmp_path / "nothing"))


def test_demos_writes_a_dataset_and_never_over_other_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demos, "make", lambda study, quotas, store, workers, backend: expert(store))
    out = tmp_path / "data"
    asked = demos.Options(
        suite="fake", out=out, task_ids=(0,), demos=2, image_size=SIDE, format="lerobot", video=False
    )
    assert demos.run(asked) == 0
    assert "lerobot: 2 demonstrations" in capsys.readouterr().out
    assert manifest.is_own(out)
    assert demos.run(asked) == 0  # replaced
    dataset = format_of(out).open(out, CAMERAS)
    store = demos.demonstrations_for(
        demos.Simulation(suite="fake", asset_label="none", image_size=SIDE, render="exact", expert="1"),
        image_every=1,
    )
    demo = store.load(0, 0)
    np.testing.assert_array_equal(dataset.load(0).images["agentview"], demo.images["agentview"])
    assert len(demo.image_steps) == len(demo)
    shutil.rmtree(out)
    out.mkdir()
    (out / "mine.txt").write_text("x")
    with pytest.raises(UserError, match="holds other files"):
        demos.run(asked)
    with pytest.raises(
        UserError, match="unknown format 'zarr'; known: hdf5, lerobot, lerobot-v21, robomimic"
    ):
        demos.run(replace(asked, format="zarr"))


def expert(store):
    """What workers do, in this process."""
    from harness.records.demo_store import Attempt

    settings = {"assets": "none", "image_size": SIDE, "render": "exact", "image_every": store.image_every}
    for seed, demo in SUITE.demonstrate(0, range(2), **settings):
        store.save(0, Attempt(seed, True, len(demo), 0.1), demo)


def test_a_video_that_is_too_short_is_damaged(tmp_path):
    path = tmp_path / "v.mp4"
    with video.writing(path, (16, 16), 20.0) as add:
        for shade in range(4):
            add(np.full((16, 16, 3), shade * 60, np.uint8))
    assert [int(frame.mean()) // 50 for frame in video.read(path, 1, 3, 20.0)] == [1, 2, 3]
    with pytest.raises(UserError, match="3 frames from 1 on, 4 are needed"):
        video.read(path, 1, 4, 20.0)
    with pytest.raises(UserError, match="damaged"):
        video.read(Path(__file__), 0, 1, 20.0)


def test_an_entry_is_of_the_task_that_it_names_before_what_it_says():
    task, other = SUITE.tasks[0], SUITE.tasks[1]
    assert importing.shows(Entry("e", other.instruction, task.name), task, SUITE)
    assert importing.shows(Entry("e", "Reach the RED goal.", "some_file"), task, SUITE)
    assert not importing.shows(Entry("e", "", "x"), Task("fake", 0, "y", "reach"), SUITE)
