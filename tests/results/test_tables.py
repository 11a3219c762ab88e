"""Tables from fixed records, compared with files that were checked by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from results.records import runs
from results.records.loading import load
from results.tables.success import methods, methods_below, rates, write

GOLDEN = Path(__file__).parents[1] / "data" / "run"
EXPECTED = GOLDEN.with_name("expected")


@pytest.mark.parametrize("name", ["table.csv", "table.md", "tasks.csv", "tasks.md", "comparisons.csv"])
def test_golden_tables(tmp_path: Path, name: str) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    write(tmp_path)
    assert (tmp_path / name).read_text() == (EXPECTED / name).read_text()


def test_tables_do_not_depend_on_the_order_of_completion(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "study.json").write_text('{"methods": ["frozen", "lora"]}')
    first = write(tmp_path)
    lines = (tmp_path / "episodes.jsonl").read_text().splitlines()[:24]
    (tmp_path / "episodes.jsonl").write_text("\n".join([*reversed(lines)]) + "\n")
    read = runs.read([tmp_path])
    rows = methods(read.episodes, read.adaptations)
    assert rows["method"].tolist() == ["frozen", "lora"]
    assert first.index("frozen") < first.index("lora")


def test_errors_are_neither_success_nor_failure() -> None:
    table = methods(*load(GOLDEN)).set_index("method")
    lora = table.loc["lora"]
    assert (lora["successes"], lora["episodes"], lora["errors"]) == (11, 11, 1)
    assert lora["success"] == 1.0


def test_cost_is_summed_once_an_adaptation_and_missing_stays_missing() -> None:
    table = methods(*load(GOLDEN)).set_index("method")
    assert table.loc["lora", "cpu_core_hours"] == pytest.approx(0.009)
    assert table["gpu_hours"].isna().all()


def test_a_method_with_errors_only_is_below_every_rate() -> None:
    assert methods_below(GOLDEN, 0.5) == ["frozen: success 8.3% is below 50.0%"]
    assert methods_below(GOLDEN, 0.0) == []
    episodes, _ = load(GOLDEN)
    episodes["status"] = "error"
    assert rates(episodes, ["method"])["success"].isna().all()


def test_what_is_printed_names_the_errors(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    text = write(tmp_path)
    assert "RuntimeError: unstable (sim.py:7) 1" in " ".join(text.split())
    assert "100.0% [71.5%, 100.0%]" in text
