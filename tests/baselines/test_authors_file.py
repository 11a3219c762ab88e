"""The authors' activation file gives the selection that the same arrays give, and their heads.json."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from baselines.selection import authors_file
from harness import heads
from harness.core.errors import UserError

FRAMES, LAYERS, HEADS, SIZE = 12, 3, 4, 8


def arrays():
    rng = np.random.default_rng(0)
    activations = rng.normal(size=(4, FRAMES, LAYERS, HEADS, SIZE)).astype(np.float32)
    actions = rng.normal(size=(4, FRAMES, 7)).astype(np.float32)
    actions[..., :3] = activations[..., 1, 2, :3]  # one head tells the action
    return activations, actions


@pytest.fixture
def file(tmp_path):
    """{task}/episode_XXX/frame_XXXX as adapters/base.py writes it: gzip, keyframes' own numbers."""
    activations, actions = arrays()
    path = tmp_path / "activations.h5"
    with h5py.File(path, "w") as data:
        for number in range(4):
            task = "pick the cube" if number < 3 else "a place"
            for place in range(FRAMES):
                group = data.create_group(f"{task}/episode_{number:03d}/frame_{place * 700:04d}")
                shown = activations[number, place]
                group.create_dataset("first_action_token_attn", data=shown, compression="gzip")
                group.create_dataset("last_token_attn", data=shown[::-1], compression="gzip")
                group.create_dataset("action_label", data=actions[number, place], compression="gzip")
    return path


def test_arrays_are_in_the_order_of_the_authors(file):
    activations, actions, episode, frame = authors_file.read(file, "action_clean")
    known, label = arrays()
    # "a place/episode_003" sorts first; frame_7000 comes after frame_0700, whatever their names' order
    order = [3, 0, 1, 2]
    np.testing.assert_array_equal(activations, known[order].reshape(-1, LAYERS, HEADS, SIZE))
    np.testing.assert_array_equal(actions, label[order].reshape(-1, 7))
    assert list(episode) == [number for number in range(4) for _ in range(FRAMES)]
    assert list(frame) == list(range(FRAMES)) * 4
    text = authors_file.read(file, "prefix_last")[0]
    np.testing.assert_array_equal(text, activations[:, ::-1])


def test_the_selection_is_that_of_the_same_arrays_and_written_for_the_authors(file, tmp_path, capsys):
    activations, actions, episode, frame = authors_file.read(file, "action_clean")
    npz = tmp_path / "a.npz"
    np.savez(npz, activations=activations, actions=actions, episode=episode, frame=frame)
    found = {}
    for source in (file, npz):
        out = tmp_path / f"{source.suffix}.json"
        argv = ["--activations", str(source), "--out", str(out), "--num-heads", "3", "--k", "5,10"]
        assert heads.main(argv) == 0
        found[source.suffix] = json.loads(out.read_text())
    assert found[".h5"] == found[".npz"]
    theirs = found[".h5"]
    assert theirs["trainable_head_indices"][0] == [1, 2]
    assert theirs["trainable_head_indices"] == theirs["heads"]
    assert (theirs["best_k"], theirs["cv_mse"], theirs["unit_mode"]) == (theirs["k"], theirs["mse"], "head")


def test_their_older_names_of_actions_are_read(file):
    with h5py.File(file, "a") as data:
        for task in data.values():
            for episode in task.values():
                for group in episode.values():
                    label = group["action_label"][()]
                    del group["action_label"]
                    group["joint_velocity"], group["gripper_position"] = label, label[:1]
    assert authors_file.read(file, "action_clean")[1].shape == (4 * FRAMES, 8)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("first_action_token_attn", "frame_0000 lacks 'first_action_token_attn'; it has action_label"),
        ("action_label", "frame_0000 lacks 'action_label'; it has first_action_token_attn"),
    ],
)
def test_a_missing_data_set_is_one_line_and_status_2(file, tmp_path, capsys, lost, said):
    with h5py.File(file, "a") as data:
        del data[f"a place/episode_003/frame_0000/{lost}"]
    argv = ["--activations", str(file), "--out", str(tmp_path / "heads.json")]
    assert heads.main(argv) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_files_that_are_something_else_are_one_line(file, tmp_path):
    other = tmp_path / "x.h5"
    other.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"cannot read .* as HDF5"):
        authors_file.read(other, "action_clean")
    with h5py.File(other, "w") as data:
        data["data"] = 1
    with pytest.raises(UserError, match="has no groups episode_XXX"):
        authors_file.read(other, "action_clean")
    with h5py.File(other, "w"):
        pass
    with pytest.raises(UserError, match=r"has no .task./episode_XXX/frame_XXXX"):
        authors_file.read(other, "action_clean")
    with pytest.raises(UserError, match="'action_noise': the authors' file has action_clean and prefix_last"):
        authors_file.read(file, "action_noise")
