"""Figures and tables as files for a paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import results
from harness import report
from results.render.figures import canvas
from results.render.paper import save
from results.render.text import MOST_COLUMNS
from tests.results.conftest import write_run


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("paper")
    run = write_run(folder / "run", methods=("lora", "steer"), tasks=5, varied=("lighting",))
    return {path.name: path for path in save(results.compare(run), folder / "figures")}


def test_every_drawing_is_there_in_every_format(files: dict[str, Path]) -> None:
    drawn = {name.rpartition(".")[0] for name in files if not name.endswith(".tex")}
    assert {"contrasts", "success", "cost-cpu", "levels-lighting", "losses", "often-steer-language"} <= drawn
    for name in drawn:
        for ending in canvas.FORMATS:
            assert files[f"{name}.{ending}"].stat().st_size > 1000
    assert files["success.pdf"].read_bytes().startswith(b"%PDF")
    assert files["success.png"].read_bytes().startswith(b"\x89PNG")


def test_tables_are_narrow_latex_with_a_proper_minus(files: dict[str, Path]) -> None:
    for name, path in files.items():
        if name.endswith(".tex"):
            text = path.read_text()
            (columns,) = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)
            assert len(columns) <= MOST_COLUMNS, name
            assert "\\toprule" in text
            assert "\N{MINUS SIGN}" not in text
    assert "$-$" in files["contrasts.tex"].read_text()


def test_a_method_has_one_colour() -> None:
    order = ["frozen", "lora", "steer"]
    assert canvas.style(order, "steer")["color"] == canvas.COLOURS[2]
    assert not set(canvas.COLOURS) & set(canvas.PHASE_COLOURS)


def test_the_command_writes_figures_in_place_of_the_page(
    make_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report.main([str(make_run(methods=("lora",), tasks=1)), "--figures", "figures"]) == 0
    assert "figures/success.svg" in capsys.readouterr().out
    assert not Path("report.html").exists()
    assert report.main([str(tmp_path / "run"), "--figures", "/proc/x"]) == 2
    assert "choose another --figures" in capsys.readouterr().err
