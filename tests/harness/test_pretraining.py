"""Collecting demonstrations for a base policy, on the fake suite."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.suites.fake import FakeSuite
from harness import pretrain
from harness.core import jpeg, registry
from harness.core.demonstration import UNVARIED, Demonstration
from harness.core.errors import UserError
from harness.pretraining.collect import Collection, Plan, data_hash
from harness.pretraining.curriculum import DIMENSIONS, VARIED_FROM, TaskProgress, alternatives, setting

SUITE = FakeSuite()


def plan(out: Path, demos: int = 4, share: float = 0.5, suite: FakeSuite = SUITE) -> Plan:
    return Plan(suite, out, demos, share, ("fake-shift",), "none", 16, "fast", tuple(suite.tasks[:2]))


def rows(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "attempts.jsonl").read_text().splitlines()]


def test_half_of_each_task_is_varied(tmp_path: Path) -> None:
    Collection(plan(tmp_path)).collect()
    made = [Demonstration.load(path) for path in sorted(tmp_path.rglob("[0-9]*.npz"))]
    assert len(made) == 8
    for demo in made:
        assert (demo.variation == UNVARIED) == (demo.seed < VARIED_FROM)
    assert sum(demo.variation != UNVARIED for demo in made) == 4


def test_killed_in_the_middle_it_goes_on_to_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    Collection(plan(whole)).collect()
    save, count = Demonstration.save, iter(range(100))

    def killed(demo: Demonstration, path: Path, quality: int | None = None) -> None:
        if next(count) == 3:
            raise KeyboardInterrupt
        save(demo, path, quality)

    monkeypatch.setattr(Demonstration, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        Collection(plan(cut)).collect()
    with (cut / "attempts.jsonl").open("a") as file:
        file.write('{"task_id": 0, "se')
    Collection(plan(cut)).collect()
    assert data_hash(cut) == data_hash(whole)
    seeds = [(row["task_id"], row["seed"]) for row in rows(cut)]
    assert len(seeds) == len(set(seeds)) == 8


def test_what_breaks_costs_one_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demonstrate = FakeSuite.demonstrate

    def breaks(suite, task_id, seeds, **settings):
        for seed in seeds:
            if seed == 1:
                raise RuntimeError("no room")
            yield from demonstrate(suite, task_id, [seed], **settings)

    monkeypatch.setattr(FakeSuite, "demonstrate", breaks)
    Collection(plan(tmp_path, share=0.0)).collect()
    broken = [row for row in rows(tmp_path) if row["error"]]
    assert [(row["seed"], row["error"]) for row in broken] == [(1, "RuntimeError: no room")] * 2
    assert len(list(tmp_path.rglob("[0-9]*.npz"))) == 8


def test_a_full_disk_ends_the_collection_and_counts_no_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(demo, path, quality=None):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Demonstration, "save", full)
    with pytest.raises(UserError, match="No space"):
        Collection(plan(tmp_path)).collect()
    assert not (tmp_path / "attempts.jsonl").exists()


def test_a_task_that_the_expert_fails_is_left_out_until_there_is_another_expert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demonstrate = FakeSuite.demonstrate

    def fails(suite, task_id, seeds, **settings):
        for seed, found in demonstrate(suite, task_id, seeds, **settings):
            yield seed, None if task_id == 1 else found

    with monkeypatch.context() as patched:
        patched.setattr(FakeSuite, "demonstrate", fails)
        collection = Collection(plan(tmp_path))
        collection.collect()
    assert [task.task_id for task in SUITE.tasks if collection.progress[task.task_id].left_out] == [1]
    assert "left out" in list(collection.summary())[1]
    better = Collection(plan(tmp_path, suite=FakeSuite(expert_version="2")))
    better.collect()
    assert better.progress[1].made == {False: 2, True: 2}


def test_levels_three_and_four_are_never_drawn() -> None:
    task = registry.find("suite", "fake").tasks[0]
    drawn = [setting(task, VARIED_FROM + seed) for seed in range(400)]
    parts = [part.split(":") for each in drawn for part in each.split("+")]
    assert {level for _, level in parts} == {"1", "2"}
    for dimension in DIMENSIONS:
        names = alternatives(dimension)
        share = sum(part[0] in names for part in parts) / 400
        assert 0.4 < share < 0.6, dimension
        assert {part[0] for part in parts if part[0] in names} == set(names)
    assert setting(task, VARIED_FROM - 1) == UNVARIED


def test_failed_seeds_are_tried_again_by_another_expert_only() -> None:
    progress = TaskProgress()
    progress.add(0, True, "1", "2")
    progress.add(1, False, "1", "2")
    progress.add(2, False, "2", "2")
    assert progress.next_seeds(False, 2, "2") == [1, 3]


def test_jpeg_keeps_images_nearly_as_they_are(tmp_path: Path) -> None:
    ((_, demo),) = SUITE.demonstrate(0, [0], assets="none", image_size=32, render="fast")
    assert demo is not None
    demo.save(tmp_path / "0.npz", quality=95)
    again = Demonstration.load(tmp_path / "0.npz")
    for camera, images in demo.images.items():
        assert again.images[camera].shape == images.shape
        assert np.abs(again.images[camera].astype(int) - images).mean() < 3
    assert np.array_equal(again.actions, demo.actions)
    with pytest.raises(ValueError, match="damaged"):
        jpeg.decode(b"no image")


def test_the_command_says_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collect = ["--suite", "fake", "--out", str(tmp_path), "--stages", "collect"]
    command = [*collect, "--demos", "2", "--dimensions", "fake-shift"]
    assert pretrain.main(command) == 0
    said = capsys.readouterr().out
    assert "task 3: 1 unvaried, 1 varied; 2 of 2 attempts; reach_yellow" in said
    assert f"data {data_hash(tmp_path / 'demos')}" in said
    assert pretrain.main([*collect, "--dimensions", "fog"]) == 2
    assert "fog" in capsys.readouterr().err
    assert pretrain.main(["--out", str(tmp_path), "--stages", "train,nap"]) == 2
    assert "--stages nap: no such stage" in capsys.readouterr().err
    assert pretrain.main(["--out", str(tmp_path), "--name", "../x"]) == 2
    assert "names no folder" in capsys.readouterr().err
