"""A run directory holds one study, which may grow but not change."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import UserError
from harness.core.run_paths import RunPaths
from harness.records.directory_lock import DirectoryLock, is_locked
from harness.records.run_directory import RunDirectory, archive
from harness.study.study import Study

EPISODE = {"episode_id": "a", "adapt_id": "b", "status": "success", "method": "lora", "scene_id": "s"}
EPISODE |= {"task_id": 0, "init_id": 0, "seed": 0}


def visit(path: Path, study: Study) -> dict[str, object]:
    RunDirectory(path, study, lambda: {"commit": "abc"}).close()
    return dict(json.loads((path / "study.json").read_text()))


def test_other_settings_are_refused_and_shown(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study())
    (tmp_path / "episodes.jsonl").write_text(json.dumps(EPISODE | {"status": "failure"}) + "\n")
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(UserError, match="steps 5 there, 6 now; replan_steps 4 there, 3 now") as error:
        visit(tmp_path, make_study("--steps=6", "--replan-steps=3"))
    assert "\n" not in str(error.value)
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
    visit(tmp_path, make_study())


def test_a_study_grows(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study("--method=lora", "--tasks=0", "--episodes=9"))
    grown = visit(tmp_path, make_study("--method=full", "--tasks=1", "--episodes=2"))
    assert grown["methods"] == ["lora", "full"]
    assert grown["task_ids"] == [0, 1]
    assert grown["episodes"] == 9
    assert grown["sessions"] == [{"commit": "abc"}] * 2


def test_strange_directories_are_left_alone(make_study: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UserError, match=r"holds thesis.tex and no study.json"):
        visit(tmp_path, make_study())


def test_the_default_directory_follows_from_the_settings(make_study: Callable[..., Study]) -> None:
    first = make_study().run_name
    assert first == make_study("--method=lora", "--episodes=7", "--limit=3").run_name
    assert first != make_study("--batch-size=3").run_name
    assert first.startswith("fake.double.d4.n5.r4-")


def test_a_restart_archives_and_deletes_nothing(make_study: Callable[..., Study], tmp_path: Path) -> None:
    path = tmp_path / "run"
    assert archive(path) is None
    for number in (1, 2):
        visit(path, make_study(f"--steps={number}"))
        assert archive(path) == tmp_path / f"run.{number}"
    assert json.loads((tmp_path / "run.2" / "study.json").read_text())["steps"] == 2
    assert not path.exists()
    path.mkdir()
    (path / "thesis.tex").write_text("precious")
    with pytest.raises(UserError, match=r"holds thesis.tex and no study.json"):
        archive(path)


def test_a_run_in_use_is_not_archived(make_study: Callable[..., Study], tmp_path: Path) -> None:
    run = RunDirectory(tmp_path, make_study(), dict)
    with pytest.raises(UserError, match="is in use by process"):
        archive(tmp_path)
    run.close()


def test_a_refused_directory_is_left_as_it_was(make_study: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UserError, match=r"holds thesis.tex and no study.json"):
        visit(tmp_path, make_study())
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


HOLDS = """
import sys, time
from pathlib import Path
from harness.records.directory_lock import DirectoryLock
with DirectoryLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_deleted_lock_lets_no_second_driver_in(make_study: Callable[..., Study], tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    for _ in range(2):
        with pytest.raises(UserError, match=r"is in use by process") as error:
            RunDirectory(tmp_path, make_study(), dict)
        assert "\n" not in str(error.value)
        (tmp_path / ".lock").unlink(missing_ok=True)
        assert is_locked(tmp_path)
    holder.kill()
    holder.communicate()
    assert not is_locked(tmp_path)
    RunDirectory(tmp_path, make_study(), dict).close()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("study.json", '{"suite": "fa', r"study.json is not JSON .*--restart"),
        ("study.json", "[]", "does not hold the settings of a study"),
        ("study.json", '{"format": 99}', "was written by a newer version .format 99, this one knows 2"),
        ("episodes.jsonl", '{"episode_id": "a"}\n', "episodes.jsonl, line 1 has no episode_id, or a status"),
        (
            "episodes.jsonl",
            json.dumps(EPISODE) + "\n" + json.dumps(EPISODE | {"episode_id": "b", "task_id": "zero"}) + "\n",
            "episodes.jsonl, line 2 has task_id 'zero', which no episode has; delete that line to go on",
        ),
        ("episodes.jsonl", json.dumps(EPISODE | {"seed": True}) + "\n", "line 1 has seed True"),
        ("episodes.jsonl", json.dumps(EPISODE | {"wall_s": "long"}) + "\n", "line 1 has wall_s 'long'"),
        ("adaptations.jsonl", "x\n", "adaptations.jsonl, line 1 is not a JSON object"),
    ],
)
def test_what_cannot_be_understood_is_not_touched(
    make_study: Callable[..., Study], tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    visit(tmp_path, make_study())
    (tmp_path / name).write_text(text)
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(UserError, match=complaint) as error:
        visit(tmp_path, make_study())
    assert "\n" not in str(error.value)
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
    DirectoryLock(tmp_path).release()


def test_what_a_killed_driver_left_is_mended(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study())
    (tmp_path / "episodes.jsonl").write_text(json.dumps(EPISODE) + '\n{"episode_id": "b"')
    partial = [tmp_path / ".123.study.json", tmp_path / "videos" / ".123.film.mp4"]
    for file in partial:
        file.write_text("half")
    visit(tmp_path, make_study())
    assert (tmp_path / "episodes.jsonl").read_text().count("\n") == 1
    assert (tmp_path / "episodes.jsonl").read_text().endswith("\n")
    assert not any(file.exists() for file in partial)


def test_a_folder_in_place_of_a_file_is_named(make_study: Callable[..., Study], tmp_path: Path) -> None:
    visit(tmp_path, make_study())
    (tmp_path / "adapters" / "lora.safetensors").mkdir()
    with pytest.raises(UserError, match=r"lora\.safetensors is a folder, where only files belong; move it"):
        visit(tmp_path, make_study())
    DirectoryLock(tmp_path).release()


def test_a_directory_that_cannot_be_written(make_study: Callable[..., Study]) -> None:
    with pytest.raises(UserError, match=r"cannot write to /proc/run: .*; choose another --out"):
        visit(Path("/proc/run"), make_study())


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", ".x", "a\x1bb", "", "x" * 300])
def test_no_record_leads_out_of_the_run_directory(tmp_path: Path, name: str) -> None:
    for place in (RunPaths(tmp_path).heads, RunPaths(tmp_path).adapter, RunPaths(tmp_path).log):
        with pytest.raises(UserError, match="leads out of the run directory"):
            place(name)


def test_links_of_a_run_directory_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "heads").symlink_to(tmp_path)
    with pytest.raises(UserError, match="leads out of the run directory"):
        RunPaths(tmp_path / "run").heads("a")
