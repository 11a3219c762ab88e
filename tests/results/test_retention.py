"""Success on pretraining tasks as columns of the table of methods."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import results
from results.render import text
from results.render.forms import save_in_run
from results.tables import retention


def row(method: str, scene: str, status: str, task: int = 0) -> dict[str, object]:
    adapt = f"{method}.t{task}"
    about = {"episode_id": f"{adapt}/{scene}", "adapt_id": adapt, "method": method, "policy": "p"}
    place = {
        "suite": "s",
        "task_id": task,
        "init_id": int(scene[-1]),
        "seed": 0,
        "variation": "none",
        "level": 0,
    }
    return about | place | {"scene_id": f"t{task}.{scene}", "status": status, "steps": 3, "wall_s": 1.0}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    episodes = [row(method, f"i{place}", "success") for method in ("lora", "steer") for place in range(2)]
    adaptations = [{"adapt_id": f"{method}.t0", "method": method} for method in ("lora", "steer")]
    remembered = [
        *(row("lora", f"i{place}", "failure" if place else "success") for place in range(4)),
        row("steer", "i0", "error"),
        *(row("frozen", f"i{place}", "failure" if place == 3 else "success") for place in range(4)),
    ]
    # The same scenes once more, for another task's policy before adaptation, which is the same policy.
    again = [row("frozen", f"i{place}", "success") | {"episode_id": f"again/{place}"} for place in range(3)]
    for name, found in (
        ("episodes", episodes),
        ("adaptations", adaptations),
        ("retention", remembered + again),
    ):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found))
    (tmp_path / "study.json").write_text('{"methods": ["lora", "steer"]}')
    return tmp_path


def test_before_and_after_stand_beside_success(run: Path) -> None:
    comparison = results.compare(run, published=False)
    save_in_run(comparison)
    assert "pretraining after [95%]" in text.terminal(comparison.of_a_run)
    table = pd.read_csv(run / "methods.csv").set_index("method")
    assert table["pretraining_before"].tolist() == [0.75, 0.75]
    lora = table.loc["lora"]
    assert lora["pretraining"] == 0.25
    assert 0 < lora["pretraining_low"] < 0.25 < lora["pretraining_high"] < 1
    assert np.isnan(table.loc["steer", "pretraining"])  # an error is no failure


def test_the_untrained_policy_counts_once_a_scene(run: Path) -> None:
    assert retention.rates(results.load(run)).set_index("method").loc["frozen", "episodes"] == 4


def test_compared_runs_keep_their_own_baselines(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("episodes", "adaptations", "retention"):
        text = (run / f"{name}.jsonl").read_text()
        (other / f"{name}.jsonl").write_text(text.replace('"failure"', '"success"'))
    (other / "study.json").write_text('{"methods": ["lora", "steer"], "steps": 9}')
    document = results.compare([run, other])
    table = next(one for one in document.tables if one.name == "methods")
    before = table.frame.set_index("method")["pretraining_before"]
    assert sorted(before) == [0.75, 0.75, 1.0, 1.0]
    assert any("pretrained" in note for note in table.notes)


def test_without_records_the_table_is_as_it_was(run: Path) -> None:
    (run / "retention.jsonl").unlink()
    table = retention.join(pd.DataFrame({"method": ["lora"]}), results.load(run))
    assert list(table) == ["method"]
