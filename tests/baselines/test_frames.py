import numpy as np
import pytest

from baselines.data import frames as framing
from harness.core.demonstration import Meta
from harness.core.errors import UserError


def test_chunks_end_at_rest_with_the_last_gripper_command() -> None:
    actions = np.arange(21, dtype=np.float32).reshape(3, 7)
    chunks = framing.action_chunks(actions, np.array([0, 2]), 3)
    assert np.array_equal(chunks[0], actions)
    assert np.array_equal(chunks[1, 0], actions[2])
    assert np.array_equal(chunks[1, 1:], [[0, 0, 0, 0, 0, 0, 20]] * 2)


def test_gripper_flips_ignore_zeros() -> None:
    actions = np.zeros((7, 7), np.float32)
    actions[:, 6] = [-1, -0.2, 0, 1, 0, 1, -1]
    assert framing.gripper_flips(actions).tolist() == [3, 6]


def test_frames_around_the_flip_weigh_more(frames) -> None:
    own = frames.episode == 0
    heavy = frames.step[own][frames.weights[own] > 1]
    assert heavy.min() == 10  # the flip is at step 20
    assert heavy.max() == 24


def test_files_give_the_same_frames_as_memory(demos, tmp_path) -> None:
    for place, demo in enumerate(demos):
        demo.save(tmp_path / f"{place}.npz")
    loaded = framing.from_files(sorted(tmp_path.glob("*.npz")), framing.Format(16, 10))
    direct = framing.from_demonstrations(demos, framing.Format(16, 10))
    for name in ("images", "state", "chunks", "weights", "episode", "step", "instruction"):
        assert np.array_equal(getattr(loaded, name), getattr(direct, name))
    assert loaded.instructions == ("open the drawer",)
    assert np.array_equal(loaded.actions[1], demos[0].actions[2])


def test_no_frames_is_an_error() -> None:
    with pytest.raises(UserError, match="no demonstration frames"):
        framing.from_demonstrations([], framing.Format(16, 10))


def test_a_stray_file_is_named(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", a=1)
    with pytest.raises(UserError, match=r"x\.npz' is not a demonstration"):
        Meta.load(tmp_path / "x.npz")
