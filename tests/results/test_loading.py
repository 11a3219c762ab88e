"""Records to DataFrames."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from harness.core.errors import UserError
from results.records.loading import ADAPTATION_COLUMNS, EPISODE_COLUMNS, load

GOLDEN = Path(__file__).parents[1] / "data" / "run"


def test_two_frames_joined_on_the_adaptation() -> None:
    episodes, adaptations = load(GOLDEN)
    assert set(EPISODE_COLUMNS) <= set(episodes.columns)
    assert set(ADAPTATION_COLUMNS) <= set(adaptations.columns)
    joined = episodes.merge(adaptations, on="adapt_id", validate="many_to_one")
    assert len(joined) == len(episodes) == 24


def test_the_last_row_of_a_key_counts_and_a_torn_line_does_not() -> None:
    episodes, _ = load(GOLDEN)
    lora = episodes[(episodes["method"] == "lora") & (episodes["task_id"] == 1)].set_index("init_id")
    assert lora["status"][4] == "success"
    assert lora["status"][3] == "error"


def test_missing_is_not_a_number() -> None:
    episodes, adaptations = load(GOLDEN)
    assert adaptations["gpu_hours"].isna().all()
    assert adaptations["gpu_hours"].dtype == float
    assert math.isnan(episodes.set_index("status")["wall_s"]["error"])
    assert adaptations.set_index("method")["train_s"]["frozen"].isna().all()


def test_damage_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no episodes.jsonl"):
        load(tmp_path)
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    lines = (GOLDEN / "episodes.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "episodes.jsonl").write_text(lines[0] + lines[1][:40] + "\n" + lines[2])
    with pytest.raises(UserError, match=r"episodes.jsonl, line 2 is not a JSON object"):
        load(tmp_path)
    (tmp_path / "episodes.jsonl").write_text(lines[0] + '{"status": "success"}\n')
    with pytest.raises(UserError, match="line 2 has no episode_id"):
        load(tmp_path)


def test_a_second_outcome_of_an_episode_is_refused(tmp_path: Path) -> None:
    lines = (GOLDEN / "episodes.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "episodes.jsonl").write_text(lines[0] + lines[1] + lines[0])
    with pytest.raises(UserError, match=r"line 3 repeats the episode of line 1 \(p.lora"):
        load(tmp_path)
    crashed = lines[0].replace('"status": "success"', '"status": "error"')
    (tmp_path / "episodes.jsonl").write_text(crashed + lines[1] + crashed + lines[0])
    assert load(tmp_path)[0]["status"].tolist() == ["success", "success"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            ('"status": "success"', '"status": "victory"'),
            "line 2 has status 'victory'; valid: success",
        ),
        (('"status": "success"', '"status": null'), "line 2 has status"),
        (('"scene_id": ', '"scene": '), "line 2 has no scene_id"),
        (('"init_id": 1', '"init_id": null'), "line 2 has no init_id"),
        (('"suite"', "suite"), "line 2 is not a JSON object"),
        (('"init_id": 1', '"init_id": "one"'), "line 2 has init_id 'one', which no record"),
        (('"init_id": 1', '"init_id": 1.5'), "line 2 has init_id 1.5, which no record"),
        (('"method": "lora"', '"method": 7'), "line 2 has method 7, which no record"),
        (('"method": "lora"', '"method": "../../lora"'), "line 2 has method '../../lora', which no record"),
        (('"seed": 0', f'"seed": {10**30}'), "line 2 has seed 10+, which no record"),
        (('"init_id": 1', '"init_id": NaN'), "line 2 is not a JSON object"),
        (('"wall_s": ', '"wall_s": -'), "line 2 has wall_s -[0-9.]+, which no record"),
        (('"wall_s": ', '"wall_s": 1e999, "x": '), "line 2 has wall_s inf, which no record"),
        (('"wall_s": ', '"wall_s": Infinity, "x": '), "line 2 is not a JSON object"),
        (('"wall_s": ', f'"x": {"[" * 5000 + "]" * 5000}, "wall_s": '), "line 2 is not a JSON object"),
    ],
)
def test_hand_edited_records_are_named(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    lines = (GOLDEN / "episodes.jsonl").read_text().splitlines(keepends=True)
    assert change[0] in lines[1]
    (tmp_path / "episodes.jsonl").write_text(lines[0] + lines[1].replace(*change) + lines[2])
    with pytest.raises(UserError, match=complaint) as raised:
        load(tmp_path)
    assert "\n" not in str(raised.value)


def test_an_adaptation_that_ended_in_no_known_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").touch()
    (tmp_path / "adaptations.jsonl").write_text('{"adapt_id": "a", "status": "success"}\n')
    with pytest.raises(UserError, match="line 1 has status 'success'; valid: done, error"):
        load(tmp_path)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    lines = (GOLDEN / "episodes.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "episodes.jsonl").write_bytes(lines[0] + b"\xff\xfe" + lines[1] + lines[2])
    with pytest.raises(UserError, match="line 2 is not a JSON object"):
        load(tmp_path)


def test_records_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "study.json").write_text('{"format": 99}')
    with pytest.raises(UserError, match=r"written by a newer version \(format 99, this one knows 2"):
        load(tmp_path)
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(UserError, match=r"study.json cannot be read"):
        load(tmp_path)


def test_a_run_without_episodes_loads(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").touch()
    episodes, adaptations = load(tmp_path)
    assert list(episodes.columns) == list(EPISODE_COLUMNS)
    assert adaptations.empty
