"""Heat maps, the table of all heads and the overlaps of a run, from small made-up selections."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import imageio.v2 as imageio
import numpy as np
import pandas as pd
import pytest

from harness.core.errors import UserError
from results.records import head_selections
from results.records.head_selections import HeadSelection
from results.render import head_files
from results.render.figures import canvas, head_maps


def selection(chosen: list[list[int]], **changes: Any) -> dict[str, Any]:
    """2 layers x 3 heads, of which the last one cannot act."""
    return {
        "heads": chosen,
        "k": 10,
        "mse": 0.5,
        "mse_by_k": {"10": 0.5},
        "scores": [[0.3, 0.1, 0.2], [0.4, 0.5, None]],
        "selector": "knn",
        "better": "lower",
        "inert": [[1, 2]],
        "overlap_by_chance": 0.28,
        "stream": "language",
    } | changes


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three tasks by steer, two of which share one of two heads; one of two streams by another method."""
    chosen: dict[tuple[str, int], dict[str, Any]] = {
        ("steer", 2): selection([[1, 0], [1, 1]]),
        ("steer", 0): selection([[0, 1], [0, 2]]),
        ("steer", 1): selection([[0, 1], [0, 0]]),
        ("both", 0): selection([[0, 1]], expert=selection([[1, 2]], stream="expert")),
    }
    (tmp_path / "heads").mkdir()
    rows = [{"adapt_id": "x.frozen", "method": "frozen", "tasks": [0], "seed": 0, "heads": None}]
    for (method, task), found in chosen.items():
        adapt_id = f"x.{method}.t{task}"
        (tmp_path / "heads" / f"{adapt_id}.json").write_text(json.dumps(found))
        rows.append({"adapt_id": adapt_id, "method": method, "tasks": [task], "seed": 0, "heads": [[0, 1]]})
    (tmp_path / "adaptations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_everything_is_written(run: Path) -> None:
    text = head_files.write(run)
    assert "5 selections" in text
    assert "steer, language: mean overlap 0.11 (by chance 0.30), 3 selections" in text
    pictures = sorted(path.stem for path in (run / "heads").glob("*.png"))
    assert pictures == ["overlap.steer.language", "x.both.t0", "x.steer.t0", "x.steer.t1", "x.steer.t2"]
    one, both = (imageio.imread(run / "heads" / f"x.{name}.png") for name in ("steer.t0", "both.t0"))
    assert both.shape[1] > one.shape[1] > 100
    assert len(np.unique(one[:, :, :3].reshape(-1, 3), axis=0)) > 5


def test_overlaps_are_shares_of_common_heads(run: Path) -> None:
    head_files.write(run)
    found = pd.read_csv(run / "heads" / "overlap.steer.language.csv", index_col=0)
    assert list(found.columns) == list(found.index) == ["t0 s0", "t1 s0", "t2 s0"]
    third = 1 / 3
    assert found.to_numpy() == pytest.approx(np.array([[1, third, 0], [third, 1, 0], [0, 0, 1]]))


def test_all_heads_in_one_table(run: Path) -> None:
    head_files.write(run)
    found = pd.read_csv(run / "heads.csv")
    assert len(found) == 5 * 6
    own = found[found.adapt_id == "x.steer.t1"].set_index(["layer", "head"])
    assert own["rank"].dropna().to_dict() == {(0, 1): 1, (0, 0): 2}
    assert own.loc[(0, 2), "score"] == 0.2
    assert np.isnan(own.loc[(1, 2), "score"])
    assert own["inert"].sum() == 1


def test_damaged_and_missing_files(run: Path) -> None:
    (run / "heads" / "x.steer.t0.json").unlink()
    assert "4 selections" in head_files.write(run)
    (run / "heads" / "x.steer.t1.json").write_text("{")
    with pytest.raises(UserError, match=r"x\.steer\.t1\.json does not hold selected heads"):
        head_files.write(run)


def test_pictures_follow_no_link_out_of_the_run(run: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    for name in ("x.steer.t0.png", "overlap.steer.language.csv"):
        (run / "heads" / name).symlink_to(outside)
        with pytest.raises(UserError, match="leads out of the run directory; remove the link"):
            head_files.write(run)
        (run / "heads" / name).unlink()
    assert outside.read_text() == "precious"


def chosen(**changes: Any) -> HeadSelection:
    about = {"adapt_id": "x", "method": "steer", "tasks": [0], "seed": 0}
    return head_selections.parse(selection([[0, 1], [0, 2]], **changes), about)[0]


@pytest.mark.parametrize(
    ("selector", "better", "best"),
    [("knn", "lower", (0, 1)), *((name, "higher", (1, 1)) for name in ("gradient", "fisher", "ablation"))],
)
def test_the_best_score_is_the_brightest_whatever_its_direction(
    selector: str, better: str, best: tuple[int, int]
) -> None:
    one = chosen(selector=selector, better=better)
    good = head_maps.goodness(one)
    assert np.unravel_index(np.nanargmax(good), good.shape) == best
    assert np.isnan(good[1, 2])
    (image,) = head_maps.scores([one]).axes[0].images
    light = image.cmap(image.norm(one.scores))[:, :, :3].sum(axis=2)
    assert np.unravel_index(np.argmax(np.where(np.isnan(one.scores), 0, light)), light.shape) == best
    assert f"({better} scores)" in head_maps.describe(one)


def test_layers_rise_from_the_bottom_in_every_map() -> None:
    drawings = [head_maps.scores([chosen()]), head_maps.frequency(np.array([[0.0, 1.0], [0.5, 0.0]]))]
    for axes in (one.axes[0] for one in drawings):
        assert axes.images[0].origin == "lower"
        assert axes.get_ylim()[0] < axes.get_ylim()[1]


def test_a_figure_is_the_same_in_a_page_and_in_files(tmp_path: Path) -> None:
    first, second = (canvas.svg(head_maps.scores([chosen()]), "Scores", "words") for _ in range(2))
    assert first == second
    assert "<title>Scores</title><desc>words</desc>" in first
    assert "var(--ink" in first
    assert len(first) < 10_000
    for ending in canvas.FORMATS:
        for name in ("one", "two"):
            canvas.save(head_maps.scores([chosen()]), tmp_path / name / f"map.{ending}")
        one, two = ((tmp_path / name / f"map.{ending}").read_bytes() for name in ("one", "two"))
        assert one == two
    ET.fromstring((tmp_path / "one" / "map.svg").read_text())
    with pytest.raises(UserError, match="valid endings: svg, pdf, png"):
        canvas.save(head_maps.scores([chosen()]), tmp_path / "map.jpg")
