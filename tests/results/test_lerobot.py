"""Runs in LeRobot's layout, read as its own evaluation script would aggregate them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from results.records import runs
from results.render.lerobot import eval_info, save


def test_layout(make_run, tmp_path: Path) -> None:
    path = make_run(errors=0.2)
    (path / "videos").mkdir()
    (path / "videos" / "lora.t0.success.mp4").touch()
    written = save(runs.load([path]), tmp_path / "out")
    assert [file.relative_to(tmp_path / "out").as_posix() for file in written] == [
        "frozen/eval_info.json",
        "lora/eval_info.json",
        "steer/eval_info.json",
    ]
    info = json.loads(written[1].read_text())
    assert set(info) == {"per_task", "per_group", "overall"}
    successes = [won for task in info["per_task"] for won in task["metrics"]["successes"]]
    assert info["overall"]["pc_success"] == 100 * np.mean(successes)
    assert info["overall"]["n_episodes"] == len(successes)
    assert info["overall"]["n_episodes"] + info["overall"]["n_errors"] == 30
    assert info["per_group"]["libero_spatial"]["n_episodes"] == len(successes)
    assert [task["task_id"] for task in info["per_task"]] == [0, 1, 2]
    assert len(info["per_task"][0]["metrics"]["video_paths"]) == 1
    for task in info["per_task"]:
        metrics = task["metrics"]
        assert (
            metrics["sum_rewards"] == metrics["max_rewards"] == [float(won) for won in metrics["successes"]]
        )


def test_variations_are_left_out(make_run) -> None:
    read = runs.load([make_run(varied=("lighting",), errors=0.0)])
    assert eval_info(read, "lora")["overall"]["n_episodes"] == 30


def test_a_method_with_errors_only_has_no_rate(make_run) -> None:
    info = eval_info(runs.load([make_run(errors=1.0)]), "lora")
    assert info["overall"]["pc_success"] is None
    assert info["per_task"] == []
