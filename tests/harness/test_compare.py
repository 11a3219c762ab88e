"""The command lines of compare and report: exit status, one line of complaint, quick help."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness import compare, report

RUN = Path(__file__).parents[1] / "data" / "run"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RUN, tmp_path / "run"))


def test_it_prints_tables(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([str(run)]) == 0
    text = capsys.readouterr().out
    assert "100.0% [71.5%, 100.0%]" in text
    assert "Pairs of methods: these networks on these scenes" in text


@pytest.mark.parametrize("form", compare.PRINTED)
def test_printed_forms_go_to_a_file(run: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out.txt"
    assert compare.main([str(run), "--format", form, "--out", str(out)]) == 0
    assert "lora" in out.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "run"]


@pytest.mark.parametrize("form", ["csv", "lerobot"])
def test_filed_forms_go_to_a_folder(
    run: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main([str(run), "--format", form, "--out", str(tmp_path / "out")]) == 0
    for line in capsys.readouterr().out.splitlines():
        assert Path(line).exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "nowhere is no directory"),
        ([str(RUN.parent)], "holds no episodes.jsonl"),
        ([str(RUN), "--format", "csv"], "--format csv writes several files; say where with --out DIR"),
        ([str(RUN), "--format", "word"], "--format: 'word' is none of terminal, markdown"),
        ([str(RUN), "--target", "80"], "'80' is not a rate from 0 to 1"),
        ([str(RUN), "--out", "/proc/x"], "cannot write /proc/x"),
        ([], "the following arguments are required: RUN"),
    ],
)
def test_complaints_are_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main(arguments) == 2
    errors = capsys.readouterr().err
    assert complaint in errors
    assert errors.count("\n") == 1


def test_junit_has_a_case_for_each_method_and_task(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "junit.xml"
    assert compare.main([str(run), "--junit", str(out)]) == 0
    suite = ElementTree.parse(out).getroot()
    names = [(case.get("classname"), case.get("name")) for case in suite]
    assert ("lora", "task 0") in names
    assert ("lora", "success is as demanded") in names
    assert (suite.get("tests"), suite.get("failures")) == (str(len(names)), "0")


def test_report_writes_one_file(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.html"
    assert report.main([str(run), "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert out.read_text().startswith("<!doctype html>")
    assert report.main([str(run), "--out", "/proc/report.html"]) == 2
    assert "cannot write /proc/report.html" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["harness.compare", "harness.report"])
def test_help_is_quick(command: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", command, "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
