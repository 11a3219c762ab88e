"""The tables of a comparison: what they hold, and what they say about themselves."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from harness.core.errors import UserError
from results import compare
from results.published.tables import HEADING
from results.render.cells import shown
from results.render.forms import save
from results.tables import networks
from results.tables.comparison import Comparison

EXPECTED = Path(__file__).parents[1] / "data" / "expected" / "compare"


def frame(document: Comparison, name: str) -> pd.DataFrame:
    return document[name]


def notes(document: Comparison, name: str) -> str:
    return " ".join(next(table.notes for table in document.tables if table.name == name))


def test_golden_comparison(make_run, tmp_path: Path) -> None:
    document = compare([make_run(varied=("lighting",))], target=0.5)
    for path, table in zip(save(document, tmp_path / "out", "csv"), document.tables, strict=True):
        if table.printed:
            assert path.read_text() == (EXPECTED / path.name).read_text(), path.name
    printed = {f"{table.name}.csv" for table in document.tables if table.printed}
    assert {path.name for path in EXPECTED.iterdir()} == printed


def test_errors_are_left_out_and_counted(make_run) -> None:
    document = compare([make_run(errors=0.2)])
    row = frame(document, "networks").set_index("method").loc["lora"]
    assert row["errors"] > 0
    assert row["episodes"] + row["errors"] == 30
    assert row["success"] == row["successes"] / row["episodes"]
    assert row["with_errors"] == row["successes"] / 30
    assert "errors are episodes that crashed" in notes(document, "methods")
    assert "worst-case bounds" in document.warnings[0]
    worst = frame(document, "methods").set_index("method").loc["lora"]
    assert worst["worst_case_high"] - worst["worst_case_low"] == pytest.approx(row["errors"] / 30)


def test_methods_without_a_common_episode_are_not_tested(make_run) -> None:
    one = make_run("one", methods=("lora",))
    other = make_run("other", methods=("steer",), suite="libero_goal")
    document = compare([one, other])
    row = frame(document, "network_pairs").iloc[0]
    assert row["scenes"] == 0
    assert math.isnan(row["p"])
    assert math.isnan(row["p_holm"])
    written = next(shown(table) for table in document.tables if table.name == "network_pairs")
    assert written["p"].tolist() == ["no common episodes"]
    assert "1 of 1 pairs have no common episodes" in notes(document, "network_pairs")
    assert frame(document, "contrasts")["verdict"].str.startswith("no verdict").all()
    assert "no scene in common" in notes(document, "contrasts")


def test_while_episodes_are_missing_nobody_is_declared_better(make_run) -> None:
    path = make_run(tasks=6, episodes=20, errors=0.0, methods=("frozen", "steer"))
    assert compare(path)["contrasts"]["verdict"].tolist() == ["steer is better"]
    settings = json.loads((path / "study.json").read_text())
    settings["sessions"][-1]["planned"] = {
        method: {str(task): 30 for task in range(6)} for method in ("frozen", "steer")
    }
    (path / "study.json").write_text(json.dumps(settings))
    document = compare(path)
    assert document.warnings == ("UNFINISHED: 240 of 360 episodes recorded; no method is declared better",)
    assert document["contrasts"]["verdict"].tolist() == ["no verdict: 240 of 360 episodes recorded"]


def test_errors_that_could_reverse_a_verdict_withdraw_it(make_run) -> None:
    path = make_run(tasks=6, episodes=20, errors=0.0, methods=("frozen", "steer"))
    lines = (path / "episodes.jsonl").read_text().splitlines(keepends=True)
    broken = [
        line.replace('"success"', '"error"').replace('"failure"', '"error"')
        if '"steer"' in line and json.loads(line)["init_id"] < 16
        else line
        for line in lines
    ]
    (path / "episodes.jsonl").write_text("".join(broken))
    row = compare(path)["contrasts"].iloc[0]
    assert row["worst_case_low"] < 0 < row["worst_case_high"]
    assert row["verdict"].startswith("no verdict") or row["p_holm"] > 0.05


def test_a_contrast_names_methods_that_there_are(make_run) -> None:
    path = make_run(tasks=5)
    asked = compare(path, contrasts=[("steer", "frozen")], margin=0.1)["contrasts"]
    assert asked[["first", "second"]].to_numpy().tolist() == [["steer", "frozen"]]
    assert 0 <= asked["p_margin"].iloc[0] <= 1
    with pytest.raises(UserError, match="no method full in these records; they hold frozen, lora, steer"):
        compare(path, contrasts=[("full", "lora")])


def test_robustness_is_compared_with_the_lora_of_the_same_run(make_run) -> None:
    few = make_run("few", methods=("lora", "steer"), varied=("lighting",), tasks=5, errors=0.0)
    many = make_run("many", methods=("lora",), varied=("lighting", "camera"), steps=3000, tasks=5, errors=0.0)
    (few / "expert.csv").write_text("variation,level,solved\nlighting,4,False\n")
    document = compare([few, many])
    cells = frame(document, "robustness").set_index(["variation", "level", "method"])
    assert set(cells.index.get_level_values("method")) == {"lora (few)", "steer", "lora (many)"}
    lighting = cells.loc[("lighting", 2)]
    assert not math.isnan(lighting.loc["steer", "beyond_lora"])
    assert lighting.loc[["lora (few)", "lora (many)"], "beyond_lora"].isna().all()
    alone = frame(compare([few]), "robustness").set_index(["variation", "level", "method"])
    assert lighting.loc["steer", "drop"] == alone.loc[("lighting", 2, "steer"), "drop"]
    by_dimension = frame(document, "robustness_dimensions").set_index(["variation", "method"])
    assert by_dimension["levels"].to_dict() == {
        ("camera", "lora (many)"): 4,
        ("lighting", "lora (few)"): 3,
        ("lighting", "lora (many)"): 3,
        ("lighting", "steer"): 3,
    }
    assert "The expert solves less than 80% of: lighting:4 (0%)" in notes(document, "robustness_summary")


def test_few_episodes_are_said_to_be_few(make_run) -> None:
    document = compare([make_run(tasks=1, episodes=5)])
    assert "pairs have under 6 episodes" in notes(document, "network_pairs")
    assert frame(document, "contrasts")["verdict"].str.startswith("no verdict: 1 task with one seed").all()


def test_cost_of_one_unit_never_becomes_the_other(make_run) -> None:
    priced = frame(compare([make_run()]), "costs").set_index("method")
    assert priced["gpu_hours_each"].isna().all()
    hours = (2.0 + 55.0) / 3600
    assert priced.loc["lora", "cpu_core_hours_each"] == pytest.approx(hours)


def test_cost_to_a_target_is_that_of_the_cheapest_run_that_reached_it(make_run) -> None:
    paths = [make_run(f"n{steps}", steps=steps, methods=("lora",), tasks=5) for steps in (600, 100, 300)]
    reached = frame(compare(paths, target=0.0), "target")
    assert reached["reached_by"].tolist() == ["lora (n100)"]
    assert reached["unit"].tolist() == ["CPU core-hours"]
    assert reached["certain"].tolist() == ["yes"]
    missed = frame(compare(paths, target=1.0), "target").iloc[0]
    assert missed["reached_by"] == "not reached"
    assert math.isnan(missed["hours"])


def test_published_results_are_apart_and_can_be_left_out(make_run) -> None:
    document = compare([make_run()])
    published = [table for table in document.tables if table.published]
    assert {table.name for table in published} == {"published_libero", "published_robotic_steering"}
    assert all(table.title.startswith(HEADING) for table in published)
    assert not [table for table in compare([make_run("b")], published=False).tables if table.published]


def test_a_run_of_variations_only_has_no_nominal_table(make_run) -> None:
    path = make_run(varied=("lighting",))
    lines = (path / "episodes.jsonl").read_text().splitlines(keepends=True)
    (path / "episodes.jsonl").write_text("".join(line for line in lines if '"lighting"' in line))
    names = [table.name for table in compare([path]).tables]
    assert "methods" not in names
    assert "levels" in names


def test_parquet_holds_the_numbers(make_run, tmp_path: Path) -> None:
    document = compare([make_run(varied=("lighting",))], target=0.5)
    paths = save(document, tmp_path / "out", "parquet")
    for path, table in zip(paths, document.tables, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(path), table.frame, check_dtype=False)


def test_parquet_needs_pyarrow(make_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = compare([make_run()])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UserError, match="parquet needs pyarrow, which is not installed; pip install pyarrow"):
        save(document, tmp_path / "out", "parquet")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(make_run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write to .*file"):
        save(compare([make_run()]), tmp_path / "file", "csv")


def test_too_few_is_the_number_below_which_nothing_is_shown() -> None:
    assert 2 * 0.5 ** (networks.TOO_FEW - 1) > 0.05 >= 2 * 0.5**networks.TOO_FEW
