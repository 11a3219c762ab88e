"""Tables from fixed records, compared with files that were checked by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import results
from harness.core.errors import UserError
from results.records.loading import load
from results.render import text
from results.render.cells import shown
from results.render.forms import render, save_in_run
from results.render.report import page as report_page
from results.tables.clean import clean
from results.tables.rates import counted
from results.tables.success import below, methods, without_result
from tests.results.conftest import write_run

GOLDEN = Path(__file__).parents[1] / "data" / "run"
EXPECTED = GOLDEN.with_name("expected")


@pytest.mark.parametrize("name", ["methods.csv", "methods.md", "tasks.csv", "tasks.md", "network_pairs.csv"])
def test_golden_tables(tmp_path: Path, name: str) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    printed(tmp_path)
    assert (tmp_path / name).read_text() == (EXPECTED / name).read_text()


def printed(run: Path) -> str:
    """What the end of a run writes and prints."""
    comparison = results.compare(run, published=False)
    save_in_run(comparison)
    return text.terminal(comparison.of_a_run)


def test_tables_do_not_depend_on_the_order_of_completion(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "study.json").write_text('{"methods": ["frozen", "lora"]}')
    lines = (tmp_path / "episodes.jsonl").read_text().splitlines()[:24]
    (tmp_path / "episodes.jsonl").write_text("\n".join(lines) + "\n")
    first = printed(tmp_path)
    (tmp_path / "episodes.jsonl").write_text("\n".join([*reversed(lines)]) + "\n")
    read = results.load(tmp_path)
    rows = methods(read, clean(read))
    assert rows["method"].tolist() == ["frozen", "lora"]
    assert first == printed(tmp_path)


def test_errors_are_neither_success_nor_failure() -> None:
    read = results.load(GOLDEN)
    lora = methods(read, clean(read)).set_index("method").loc["lora"]
    assert (lora["episodes"], lora["errors"]) == (11, 1)
    assert lora["success"] == 1.0


def test_cost_is_summed_once_an_adaptation_and_missing_stays_missing() -> None:
    read = results.load(GOLDEN)
    table = methods(read, clean(read)).set_index("method")
    assert table.loc["lora", "cpu_core_hours"] == pytest.approx(0.009)
    assert table["gpu_hours"].isna().all()


def test_a_method_with_errors_only_is_below_every_rate() -> None:
    table = counted(load(GOLDEN)[0], ["method"])
    assert below(table, 0.5) == ["frozen: success 8.3% is below 50.0%"]
    assert below(table, 0.0) == []
    episodes, _ = load(GOLDEN)
    episodes["status"] = "error"
    table = counted(episodes, ["method"])
    assert table["success"].isna().all()
    assert below(table, 0.0)[0] == "lora: success is unknown, all of its episodes ended in an error"


def test_what_is_printed_names_the_errors(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path, dirs_exist_ok=True)
    written = printed(tmp_path)
    assert "RuntimeError: unstable (sim.py:7) 1" in " ".join(written.split())
    assert "100.0% [54.1%, 100.0%]" in written


def test_a_method_of_which_every_episode_is_an_error_has_blank_success(make_run) -> None:
    run = make_run(methods=("frozen", "lora"), errors=0.0)
    lines = (run / "episodes.jsonl").read_text().splitlines()
    broken = [line.replace('"success"', '"error"').replace('"failure"', '"error"') for line in lines]
    (run / "episodes.jsonl").write_text(
        "\n".join(bad if '"lora"' in bad else good for good, bad in zip(lines, broken, strict=True)) + "\n"
    )
    comparison = results.compare(run, published=False)
    (line,) = without_result(comparison.records.episodes)
    assert line.startswith("lora: all 30 episodes ended in an error")
    table = next(table for table in comparison.of_a_run if table.name == "methods")
    assert table.notes[0] == "no result: every episode of lora ended in an error"
    row = shown(table).set_index("method").loc["lora"]
    assert (row["success [95%]"], row["errors"], row["worst case"]) == ("", "30", "0.0% to 100.0%")
    assert "nan" not in printed(run)
    assert "nan" not in report_page.page(comparison, run)


def test_the_end_of_a_run_prints_what_compare_prints(make_run) -> None:
    run = make_run(varied=("lighting",), errors=0.1)
    whole = render(results.compare(run), "terminal")
    parts = printed(run).split("\n\n")
    assert len(parts) > 5
    assert all(part in whole for part in parts)


def test_every_file_is_read_once(make_run, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(varied=("lighting",))
    opened: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", recorded(Path.read_bytes, opened))
    printed(run)
    assert opened.count("episodes.jsonl") == opened.count("adaptations.jsonl") == 1


def recorded(read: Callable[[Path], bytes], opened: list[str]) -> Callable[[Path], bytes]:
    def reading(path: Path) -> bytes:
        opened.append(path.name)
        return read(path)

    return reading


@pytest.mark.parametrize("name", ["methods.csv", "methods.md"])
def test_a_folder_in_place_of_a_table_is_one_line(tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", methods=("frozen",), tasks=1, episodes=2)
    comparison = results.compare(run, allow_mixed=True, published=False)
    (run / name).mkdir()
    before = (run / "episodes.jsonl").read_bytes()
    with pytest.raises(UserError, match="cannot write") as error:
        save_in_run(comparison)
    assert "\n" not in str(error.value)
    assert (run / "episodes.jsonl").read_bytes() == before
