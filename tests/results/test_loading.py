"""Records to DataFrames."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

import results
from harness.types import UserError
from results.loading import ADAPTATION_COLUMNS, EPISODE_COLUMNS

GOLDEN = Path(__file__).parents[1] / "data" / "run"


def test_two_frames_joined_on_the_adaptation() -> None:
    episodes, adaptations = results.load(GOLDEN)
    assert set(EPISODE_COLUMNS) <= set(episodes.columns)
    assert set(ADAPTATION_COLUMNS) <= set(adaptations.columns)
    joined = episodes.merge(adaptations, on="adapt_id", validate="many_to_one")
    assert len(joined) == len(episodes) == 24


def test_the_last_row_of_a_key_counts_and_a_torn_line_does_not() -> None:
    episodes, _ = results.load(GOLDEN)
    lora = episodes[(episodes["method"] == "lora") & (episodes["task_id"] == 1)].set_index("init_id")
    assert lora["status"][4] == "success"
    assert lora["status"][3] == "error"


def test_missing_is_not_a_number() -> None:
    episodes, adaptations = results.load(GOLDEN)
    assert adaptations["gpu_hours"].isna().all()
    assert adaptations["gpu_hours"].dtype == float
    assert math.isnan(episodes.set_index("status")["wall_s"]["error"])
    assert adaptations.set_index("method")["train_s"]["frozen"].isna().all()


def test_damage_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no episodes.jsonl"):
        results.load(tmp_path)
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    lines = (GOLDEN / "episodes.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "episodes.jsonl").write_text(lines[0] + lines[1][:40] + "\n" + lines[2])
    with pytest.raises(UserError, match=r"episodes.jsonl, line 2 is not a JSON object"):
        results.load(tmp_path)
    (tmp_path / "episodes.jsonl").write_text(lines[0] + '{"status": "success"}\n')
    with pytest.raises(UserError, match="line 2 has no episode_id"):
        results.load(tmp_path)


def test_a_run_without_episodes_loads(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").touch()
    episodes, adaptations = results.load(tmp_path)
    assert list(episodes.columns) == list(EPISODE_COLUMNS)
    assert adaptations.empty
