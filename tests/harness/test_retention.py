"""Episodes on pretraining tasks: after the study, on the same scenes for all, recorded apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import UserError
from harness.engine.driver import Driver
from harness.engine.observer import Unobserved
from harness.records.demo_store import DemoStore
from harness.records.run_directory import RunDirectory
from harness.study.retention import RetentionStudy, retention_study
from harness.study.study import Study


def retention_of(study: Study, run: RunDirectory) -> tuple[RetentionStudy, RunDirectory]:
    later = retention_study(study, run.trained())
    return later, run.for_retention(later.untrained)


def test_what_is_kept_is_recorded_apart(
    make_study: Callable[..., Study], store: DemoStore, local_pool: type, tmp_path: Path
) -> None:
    study = make_study("--retention-episodes=3", "--tasks=0", "--method=frozen,lora")
    directory = RunDirectory(tmp_path / "run", study, dict)
    driver = Driver(study, directory, store, 2)
    driver.drive(local_pool(study, directory.path, store), Unobserved())
    before = (directory.path / "episodes.jsonl").read_text()

    later, view = retention_of(study, directory)
    again = Driver(later, view, store, 2)
    assert not again.quotas  # nothing is adapted again
    again.drive(local_pool(later, directory.path, store), Unobserved())
    rows = [json.loads(line) for line in (directory.paths.retention).read_text().splitlines()]
    assert {row["suite"] for row in rows} == {"fake_pretrain"}
    scenes = {
        method: [row["scene_id"] for row in rows if row["method"] == method]
        for method in study.adaptation.methods
    }
    assert sorted(scenes["frozen"]) == sorted(scenes["lora"])
    assert sorted(scenes["lora"]) == [f"fake_pretrain.t{task}.s0.none0" for task in ("1.i0", "1.i1", "3.i0")]
    assert (directory.path / "episodes.jsonl").read_text() == before
    assert Driver(*retention_of(study, directory), store, 2).scheduler.finished


def test_the_policy_before_is_measured_once_a_seed(
    make_study: Callable[..., Study], store: DemoStore, local_pool: type, tmp_path: Path
) -> None:
    study = make_study("--retention-episodes=2", "--tasks=0,1", "--method=lora", "--seeds=0,1")
    directory = RunDirectory(tmp_path / "run", study, dict)
    Driver(study, directory, store, 2).drive(local_pool(study, directory.path, store), Unobserved())
    later, view = retention_of(study, directory)
    driver = Driver(later, view, store, 2)
    assert not driver.quotas
    driver.drive(local_pool(later, directory.path, store), Unobserved())
    rows = [json.loads(line) for line in (directory.paths.retention).read_text().splitlines()]
    before, after = (
        [row["scene_id"] for row in rows if row["method"] == method] for method in ("frozen", "lora")
    )
    assert len(before) == len(set(before)) == 4
    assert sorted(after) == sorted(before * 2)  # two tasks
    assert not [row for row in directory.adaptations.rows() if row["method"] == "frozen"]
    assert Driver(*retention_of(study, directory), store, 2).scheduler.finished


def test_what_cannot_be_measured(make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        UserError, match="--retention-episodes 2: fake_pretrain is what 'double' was pretrained on"
    ):
        make_study("--suite=fake_pretrain", "--retention-episodes=2")
    assert make_study("--suite=fake_pretrain").scenes.retention_episodes == 0
