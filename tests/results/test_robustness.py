"""Paired drops by hand-computed values."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import results
from results.render import text as as_text
from results.render.forms import save_in_run
from results.stats.intervals import bonett_price_interval
from results.tables import language
from results.tables.clean import clean as clean_of
from results.tables.comparison import Comparison
from results.tables.robustness import dimensions, levels, paired, summary
from results.tables.success import methods

LETTERS = {"s": "success", "f": "failure", "e": "error"}


def rows(method: str, variation: str, level: int, word: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "episode_id": f"{method}/{variation}{level}/{number}",
            "adapt_id": method,
            "suite": "libero_spatial",
            "method": method,
            "variation": variation,
            "level": level,
            "task_id": number % 2,
            "init_id": number,
            "seed": 0,
            "scene_id": f"{variation}{level}/{number}",
            "status": LETTERS[letter],
            "expects": "success",
            "quantity": 15.0 * level,
            "unit": "degrees",
            **more,
        }
        for number, letter in enumerate(word)
    ]


RUN = [
    *rows("lora", "none", 0, "ssssssssff"),
    *rows("lora", "lighting", 2, "sssssfffff"),
    *rows("lora", "camera", 2, "ffffffffff"),
    *rows("steer", "none", 0, "ssssssssss"),
    *rows("steer", "lighting", 2, "sssssssssf"),
    *rows("steer", "camera", 2, "ssssssffee"),
    *rows("steer", "instruction-wrong", 1, "ssssssssss", expects="failure"),
    *rows("lora", "instruction-wrong", 1, "ffffffffff", expects="failure"),
]


def by_level(extra=(), expert=None):
    found = paired(pd.DataFrame([*RUN, *extra]))
    return found, levels(found, expert or {})


def test_drops_are_paired_on_common_scenes_and_errors_leave_their_pair_out() -> None:
    _, table = by_level()
    table = table.set_index(["variation", "level", "method"])
    lora = table.loc[("lighting", 2, "lora")]
    assert (lora["pairs"], lora["clean"], lora["varied"]) == (10, pytest.approx(0.8), pytest.approx(0.5))
    assert lora["drop"] == pytest.approx(0.3)
    assert lora["retention"] == pytest.approx(0.625)
    assert math.isnan(lora["beyond_lora"])
    assert table.loc[("lighting", 2, "steer"), "beyond_lora"] == pytest.approx(0.1 - 0.3)
    assert table.loc[("camera", 2), "pairs"].tolist() == [8, 8]  # two scenes are errors of steer
    assert "instruction-wrong" not in table.index.get_level_values("variation")
    assert table["drop_low"].isna().all()  # one adaptation a method says nothing of others


def test_the_interval_is_bonett_and_price() -> None:
    clean, after = np.array([1.0] * 10), np.array([1.0] * 7 + [0.0] * 3)
    low, high = bonett_price_interval(clean, after)
    lost, won = 4 / 12, 1 / 12
    half = 1.959964 * math.sqrt((lost + won - (lost - won) ** 2) / 12)
    assert (low, high) == pytest.approx((lost - won - half, lost - won + half))
    low, high = bonett_price_interval(clean, clean)
    assert low == pytest.approx(-high)
    assert 0 < high < 0.5


def test_the_mean_is_over_dimensions_and_unsolvable_levels_do_not_count() -> None:
    found, cells = by_level()
    table = summary(found, cells).set_index("method")
    camera = 0.75  # of the eight scenes that both finished, six were clean successes of lora
    assert table.loc["lora", "mean_drop"] == pytest.approx((0.3 + cells_drop(cells, "camera")) / 2)
    assert cells_drop(cells, "camera") >= camera
    assert table.loc["lora", "worst"] == "camera"
    judged = summary(found, cells[cells["variation"] != "camera"]).set_index("method")
    assert judged.loc["lora", "mean_drop"] == pytest.approx(0.3)


def cells_drop(cells: pd.DataFrame, variation: str) -> float:
    row = cells[(cells["variation"] == variation) & (cells["method"] == "lora")]
    return float(row["drop"].iloc[0])


def test_a_dimension_is_summed_up_over_its_levels() -> None:
    deeper = [*rows("lora", "lighting", 4, "ssffffffff"), *rows("steer", "lighting", 4, "ssssssssss")]
    table = dimensions(*by_level(deeper)).set_index(["variation", "method"])
    lora = table.loc[("lighting", "lora")]
    assert (lora["levels"], lora["pairs"]) == (2, 20)
    assert lora["drop"] == pytest.approx((0.3 + 0.6) / 2)
    assert lora["area"] == pytest.approx(((0.8 + 0.5) + (0.5 + 0.2)) / (4 * 0.8))
    assert table.loc[("lighting", "steer"), "beyond_lora"] == pytest.approx(0.05 - 0.45)
    assert table.loc[("lighting", "steer"), "verdict"].startswith("no verdict: 1 task with one seed")


def test_a_dimension_has_one_verdict_over_adaptations() -> None:
    """Six tasks: lora loses nearly everything in the dark, steer hardly anything."""
    episodes = []
    for method, words in (("lora", ("ssssf", "fffff")), ("steer", ("sssss", "ssssf"))):
        for variation, level, word in (("none", 0, words[0]), ("lighting", 2, words[1])):
            for task in range(6):
                turned = (
                    word[task % 3 :] + word[: task % 3]
                    if task % 2
                    else "s" * (task == 2) + word[1:] + word[:1]
                )
                part = rows(method, variation, level, turned[:5])
                episodes += [
                    row
                    | {
                        "task_id": task,
                        "adapt_id": f"{method}{task}",
                        "scene_id": f"{task}/{row['scene_id']}",
                    }
                    for row in part
                ]
    found = paired(pd.DataFrame(episodes))
    table = dimensions(found, levels(found, {})).set_index("method")
    assert table.loc["steer", "verdict"] == "loses less than lora"
    assert table.loc["steer", "beyond_lora_high"] < 0
    assert table.loc["lora", "verdict"] == ""


def test_who_does_the_old_task_ignores_language() -> None:
    table = language.rates(pd.DataFrame(RUN)).set_index("method")
    assert table["does_old_task"].to_dict() == {"steer": 1.0, "lora": 0.0}
    assert set(table["verdict"].str.partition(":")[0]) == {"no verdict"}  # one adaptation each
    many = [
        row | {"task_id": task, "adapt_id": f"{row['method']}{task}", "scene_id": f"{task}/{row['scene_id']}"}
        for task in range(6)
        for method, word in (
            ("steer", "ssssf" if task % 2 else "sssss"),
            ("lora", "fffff" if task else "sffff"),
        )
        for row in rows(method, "instruction-wrong", 1, word, expects="failure")
    ]
    table = language.rates(pd.DataFrame(many)).set_index("method")
    assert table["verdict"].to_dict() == {"steer": "ignores language", "lora": "follows it"}


def write(run: Path) -> Comparison:
    comparison = results.compare(run, published=False)
    save_in_run(comparison)
    return comparison


def test_tables_of_a_run_keep_clean_and_varied_apart(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in RUN))
    (tmp_path / "adaptations.jsonl").write_text(
        "".join(json.dumps({"adapt_id": name, "method": name}) + "\n" for name in ("lora", "steer"))
    )
    (tmp_path / "expert.csv").write_text("variation,level,solved\ncamera,2,False\ncamera,2,True\n")
    found = results.load(tmp_path)
    clean = methods(found, clean_of(found)).set_index("method")
    assert clean["episodes"].to_dict() == {"lora": 10, "steer": 10}
    text = as_text.terminal(write(tmp_path).of_a_run)
    assert "camera:2 (50%)" in text
    assert "+30" in (tmp_path / "robustness.md").read_text()
    assert "100%" in (tmp_path / "language.md").read_text()


def test_a_clean_run_has_no_such_tables(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in RUN[:10]))
    assert "robustness" not in write(tmp_path)
    assert not (tmp_path / "robustness.csv").exists()
