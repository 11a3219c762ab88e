"""Frames whose images stay encoded: the same frames as in memory, and places that do not move."""

import numpy as np
import pytest

from baselines.data.frames import Format, from_demonstrations
from baselines.pretraining import frame_store
from baselines.pretraining.frame_store import ROW_ARRAYS

WANTED = Format(16, 10)


@pytest.fixture
def paths(make_demo, tmp_path):
    """Four demonstrations: as pixels, as JPEG, of another size and instruction, as JPEG."""
    made = [tmp_path / f"{place}.npz" for place in range(4)]
    make_demo(0).save(made[0])
    make_demo(1).save(made[1], quality=90)
    make_demo(2, size=32, instruction="close it").save(made[2], quality=90)
    make_demo(3).save(made[3], quality=90)
    return made


def test_rows_are_those_of_frames_in_memory_and_jpeg_is_not_encoded_again(make_demo, paths, tmp_path) -> None:
    store = frame_store.build(paths, tmp_path / "store", WANTED)
    demos = [type(make_demo(0)).load(path) for path in paths]
    wanted = from_demonstrations(demos, WANTED)
    for name in ROW_ARRAYS:
        assert np.array_equal(getattr(store.frames, name), getattr(wanted, name)), name
    assert store.frames.instructions == wanted.instructions
    rows = np.array([25, 3, 50])
    found = store.images(rows)
    assert found.shape == (3, 2, 16, 16, 3)
    assert np.array_equal(found[0], wanted.images[25])  # came as JPEG
    noise = np.abs(wanted.images[[3, 50]].astype(int) - found[1:]).mean()
    assert 0 < noise < 30  # random pixels, encoded here


def test_new_demonstrations_come_behind_those_that_are_there(paths, tmp_path) -> None:
    folder = tmp_path / "store"
    first = frame_store.build([paths[3], paths[1]], folder, WANTED)
    before = first.images(np.arange(40))
    with (folder / frame_store.IMAGES).open("ab") as file:
        file.write(b"what a killed call left")
    grown = frame_store.build(sorted(paths), folder, WANTED)
    assert [path[-5] for path in grown.paths] == ["3", "1", "0", "2"]
    assert np.array_equal(grown.images(np.arange(40)), before)
    assert grown.frames.episode.tolist() == np.repeat(range(4), 20).tolist()
    whole = frame_store.build([paths[3], paths[1], paths[0], paths[2]], tmp_path / "whole", WANTED)
    assert np.array_equal(grown.images(np.arange(80)), whole.images(np.arange(80)))
    assert grown.frames.instructions == whole.frames.instructions


def test_a_demonstration_that_is_gone_is_gone_from_the_store(paths, tmp_path) -> None:
    frame_store.build(paths, tmp_path / "store", WANTED)
    left = frame_store.build(paths[1:], tmp_path / "store", WANTED)
    assert left.paths == [str(path) for path in paths[1:]]
    assert len(left.frames) == 60
    left.images(np.array([59]))
