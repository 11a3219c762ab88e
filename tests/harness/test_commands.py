"""The small commands: lists, head selection on a file, films."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import imageio.v2 as imageio
import numpy as np
import pytest

from harness import heads
from harness import list as listing
from harness.core import registry
from harness.core.rng import derive_rng
from harness.records.videos import enlarged, write_shots


def test_lists_are_quick_and_leave_out_the_fakes() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "harness.list", "suites"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
    assert "libero_spatial" in text
    assert "fake" not in text


def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert listing.main(["tasks", "--suite", "fake"]) == 0
    assert "3  reach the yellow goal" in capsys.readouterr().out
    assert listing.main(["policies", "--all"]) == 0
    assert "fake" in capsys.readouterr().out
    for kind in ("suites", "methods", "policies", "selectors"):
        assert listing.main([kind]) == 0
        for line in capsys.readouterr().out.splitlines():
            assert len(line.split()) > 1, f"{line} is not described"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "kind: 'nonsense' is none of suites, tasks"),
        (["tasks", "--suite", "moon"], "unknown suite 'moon'; known:"),
    ],
)
def test_lists_complain_in_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listing.main(arguments) == 2
    errors = capsys.readouterr().err
    assert complaint in errors
    assert errors.count("\n") == 1


@pytest.fixture
def activations(tmp_path: Path) -> Path:
    """Five episodes in which head (1, 2) of 2 x 3 tells the action."""
    rng = derive_rng("test-heads")
    actions = rng.normal(size=(60, 4)).astype(np.float32)
    values = rng.normal(size=(60, 2, 3, 4)).astype(np.float32)
    values[:, 1, 2] = actions
    path = tmp_path / "a.npz"
    frames = np.tile(np.arange(12), 5)
    np.savez(path, activations=values, actions=actions, episode=np.repeat(np.arange(5), 12), frame=frames)
    return path


def test_heads_from_a_file(activations: Path, tmp_path: Path) -> None:
    out = tmp_path / "heads.json"
    command = ["--activations", str(activations), "--out", str(out), "--num-heads", "2", "--k", "3,5"]
    assert heads.main(command) == 0
    found = json.loads(out.read_text())
    assert found["heads"][0] == [1, 2]
    assert {"heads", "k", "mse", "mse_by_k", "scores", "selector"} <= set(found)
    assert np.shape(found["scores"]) == (2, 3)
    assert found["k"] in (3, 5)


def test_heads_with_a_map_and_redrawn_demonstrations(
    activations: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, picture = tmp_path / "heads.json", tmp_path / "map.png"
    command = ["--activations", str(activations), "--out", str(out), "--map", str(picture)]
    assert heads.main([*command, "--num-heads", "1", "--k", "3,50", "--stability-splits", "3"]) == 0
    found = json.loads(out.read_text())
    assert found["stability"]["jaccard"] == 1.0
    assert imageio.imread(picture).shape[2] in (3, 4)
    text = capsys.readouterr().out
    assert "note: k = 50: some frames have 48 neighbours only" in text
    assert "3 halves of 2 demonstrations: overlap 1.00 between halves, 1.00 with all, 0.17 by chance" in text


def test_heads_complain_in_one_line(
    activations: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--activations", str(activations), "--out", str(tmp_path / "heads.json")]
    for more, complaint in (
        (["--selector", "psychic"], "unknown selector 'psychic'; known: ablation"),
        (["--num-heads", "7"], "7 heads asked for; give 1 to 6"),
        (["--k", "0"], "'0' is not a whole number of at least 1"),
        (["--out", "/proc/heads.json"], "cannot write /proc/heads.json"),
        (["--map", "/proc/map.png", "--out", str(tmp_path / "x.json")], "cannot write /proc/map.png"),
        (["--map", "/nowhere/map.png"], "cannot write /nowhere/map.png: no such folder"),
        (
            ["--selector", "gradient"],
            "selector 'gradient' needs a policy, and a file of activations has none",
        ),
        (["--unit", "finger"], "--unit: 'finger' is none of head, layer"),
        (["--demos", str(tmp_path)], "--policy and --demos go together"),
        (["--run", str(tmp_path)], "give one of --activations A.npz, --policy P with --demos DIR, and --run"),
    ):
        # few heads, unless the number is what is wrong
        assert heads.main([*given, "--num-heads", "2", *more]) == 2
        errors = capsys.readouterr().err
        assert complaint in errors
        assert errors.count("\n") == 1
    assert not (tmp_path / "heads.json").exists()
    for given, complaint in (
        ([], "give one of --activations A.npz, --policy P with --demos DIR, and --run RUN, not none"),
        (["--activations", "a.npz"], "--out heads.json is missing"),
        (["--run", str(tmp_path / "x")], "is not a run directory"),
        (["--run", str(tmp_path)], "holds no heads/*.json; run a method that selects heads"),
        (["--policy", "fake", "--demos", str(tmp_path / "x"), "--out", "x"], "holds no demonstrations"),
    ):
        assert heads.main(given) == 2
        errors = capsys.readouterr().err
        assert complaint in errors
        assert errors.count("\n") == 1


def test_films_can_be_played(tmp_path: Path) -> None:
    frames = [np.full((15, 15, 3), 25 * number, np.uint8) for number in range(10)]
    write_shots(tmp_path / "x.mp4", [(frame, frame) for frame in frames], fps=5.0)
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    film = np.stack([np.asarray(frame) for frame in imageio.mimread(tmp_path / "x.mp4")])
    assert film.shape == (10, 240, 480, 3)
    assert abs(int(film[9].mean()) - 225) < 8


def test_small_images_are_enlarged_without_blur() -> None:
    image = np.arange(81 * 162 * 3, dtype=np.uint32).astype(np.uint8).reshape(81, 162, 3)
    large = enlarged(image)
    assert large.shape == (242, 486, 3)
    assert (large[::3, ::3] == image).all()


def test_names_are_files() -> None:
    for kind in registry.KINDS:
        if kind != "variation":
            assert registry.names(kind) == sorted(set(registry.names(kind)))
            for name in registry.names(kind):
                assert registry.find(kind, name).name == name
