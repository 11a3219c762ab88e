"""Cost by phase, loss curves and retention, from records of the form that the engine writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import results
from results.records.runs import OF_THE_ADAPTATION
from results.render.forms import save_in_run
from results.tables.comparison import Comparison
from results.tables.ledger import curves, ledger
from results.tables.retention import rates

COST = {"wall_s": 2.0, "cpu_s": 1.8, "device_s": 0.0, "peak_bytes": 100, "energy_j": None, "flops": None}


def adaptation(method: str, number: int, **changes: Any) -> dict[str, Any]:
    phases = {"load": COST, "training": COST | {"wall_s": 10.0, "flops": 7, "peak_bytes": 300 + number}}
    row = {"adapt_id": f"{method}.{number}", "method": method, "steps": 6, "ledger": phases, "status": "done"}
    return row | {"losses": [3.0, 2.0, 1.0]} | changes


def episode(method: str, number: int, status: str) -> dict[str, Any]:
    spent = {"wall_s": 4.0, "cpu_s": 3.0, "status": status}
    scene = {"task_id": 0, "init_id": number, "seed": 0, "scene_id": f"t0/i{number}"}
    about = {"episode_id": f"{method}/{number}", "adapt_id": f"{method}.0", "method": method}
    return about | {"suite": "s", "policy": "p", "task": "t", "level": 0} | spent | scene


@pytest.fixture
def run(tmp_path: Path) -> Path:
    records = {
        "adaptations": [adaptation("lora", 0), adaptation("lora", 1), adaptation("full", 0, losses=None)],
        "episodes": [episode("lora", 0, "success"), episode("lora", 1, "failure")],
        "retention": [
            *(episode("lora", number, "success" if number < 3 else "failure") for number in range(4)),
            episode("full", 0, "error"),
        ],
    }
    for name, rows in records.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "study.json").write_text('{"methods": ["full", "lora"]}')
    return tmp_path


def write(run: Path) -> Comparison:
    comparison = results.compare(run, published=False)
    save_in_run(comparison)
    return comparison


def test_ledger_sums_phases_and_adds_evaluation(run: Path) -> None:
    write(run)
    table = pd.read_csv(run / "ledger.csv").set_index(["method", "phase"])
    lora = table.loc["lora"]
    assert lora.index.tolist() == ["load", "training", "evaluation"]
    assert lora["wall_s"].tolist() == [4.0, 20.0, 8.0]
    assert lora["peak_bytes"].tolist()[:2] == [100.0, 301.0]
    assert np.isnan(lora.loc["load", "flops"])  # not measured is not 0
    assert lora.loc["training", "flops"] == 14
    assert lora["gpu_hours"].isna().all()
    assert lora.loc["evaluation", "cpu_core_hours"] == pytest.approx(6 / 3600)


def test_gpu_and_processor_hours_are_never_mixed() -> None:
    costs = {"training": COST | {"device_s": 3600.0}}
    table = ledger(pd.DataFrame(), pd.DataFrame([adaptation("lora", 0, ledger=costs)]))
    assert table["gpu_hours"].tolist() == [1.0]
    assert table["cpu_core_hours"].isna().all()


def test_no_phase_is_left_out() -> None:
    names = ["load", "activations", "selection", "stability", "compile", "sweep", "training", "checkpoint"]
    row = adaptation("steer", 0, ledger=dict.fromkeys(names, COST))
    assert ledger(pd.DataFrame(), pd.DataFrame([row]))["phase"].tolist() == names


def test_curves_lie_where_the_steps_were(run: Path) -> None:
    found = curves(pd.DataFrame([adaptation("lora", 0)]).rename(columns=OF_THE_ADAPTATION))
    assert found["step"].tolist() == [1.5, 3.5, 5.5]
    assert found["loss"].tolist() == [3.0, 2.0, 1.0]
    write(run)
    assert pd.read_csv(run / "losses.csv")["adapt_id"].tolist() == ["lora.0"] * 3 + ["lora.1"] * 3
    assert (run / "losses.png").read_bytes().startswith(b"\x89PNG")


def test_retention_leaves_errors_out(run: Path) -> None:
    table = rates(results.load(run)).set_index("method")
    assert table.index.tolist() == ["full", "lora"]
    assert (table.loc["lora", "success"], table.loc["lora", "episodes"]) == (0.75, 4)
    assert np.isnan(table.loc["full", "success"])
    assert table.loc["full", "errors"] == 1


def test_old_records_have_no_accounts(tmp_path: Path) -> None:
    (tmp_path / "episodes.jsonl").write_text(json.dumps(episode("lora", 0, "success")) + "\n")
    (tmp_path / "adaptations.jsonl").write_text('{"adapt_id": "lora.0", "method": "lora"}\n')
    assert "ledger" not in write(tmp_path)
    assert not (tmp_path / "losses.png").exists()
