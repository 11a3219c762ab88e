"""The contact sheet of variations: bad input, and a sheet of the fake suite."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness import gallery

SPATIAL = ["--suite", "libero_spatial"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--suite", "nope"], "unknown suite 'nope'; known: "),
        ([*SPATIAL, "--task", "10"], "no task 10 in libero_spatial; valid: 0 to 9"),
        ([*SPATIAL, "--task", "-1"], "'-1' is not a whole number of at least 0"),
        ([*SPATIAL, "--init", "50"], "--init 50: libero_spatial has initial states 0 to 49"),
        ([*SPATIAL, "--init", "nan"], "'nan' is not a whole number"),
        ([*SPATIAL, "--size", "0"], "'0' is not a whole number of at least 32"),
        ([*SPATIAL, "--variations", "unseen-task:1"], "unknown variation 'unseen-task'"),
        (["--suite", "fake_pretrain", "--variations", "lighting:1"], "not simulated by MuJoCo"),
    ],
)
def test_bad_input_is_one_line(given: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gallery.main(given) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_a_sheet_has_a_row_for_each_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--suite", "fake", "--variations", "fake-shift:0-2", "--size", "32", "--out", str(tmp_path)]
    assert gallery.main(given) == 0
    sheet = Path(capsys.readouterr().out.strip())
    assert sheet.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(sheet.with_suffix(".csv").open()))
    assert [(row["variation"], row["level"]) for row in rows] == [("fake-shift", str(n)) for n in range(3)]
    assert [float(row["changed"]) > 0 for row in rows] == [False, True, True]
