"""Studies that go on seed by seed: what the table of looks says, and when they stop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import results
from harness import run as command
from harness.core.errors import UserError
from harness.study import options
from results.stats.sequential import log_wealth
from results.tables import looks


def told(run: Path, **rule: object) -> Path:
    """The run as if it had been told to stop early."""
    path = run / "study.json"
    study = json.loads(path.read_text())
    study["sessions"][-1]["until_decided"] = {"margin": None, "alpha": 0.05, "seeds": 4} | rule
    path.write_text(json.dumps(study))
    return run


@pytest.fixture
def apart(make_run) -> Path:
    """Two methods that are far apart, 4 seeds of 6 tasks."""
    return make_run(methods=("frozen", "full"), tasks=6, episodes=20, seeds=4, errors=0.0)


def test_looks_end_with_the_decision_and_say_why(apart: Path) -> None:
    document = results.compare(told(apart))
    table = next(table for table in document.tables if table.name == "looks")
    verdicts = table.frame["verdict"].tolist()
    assert verdicts[:-1] == ["goes on"] * (len(verdicts) - 1)
    assert verdicts[-1] == "full is better"
    assert (
        f"stopped after {len(verdicts)} of 4 seeds, asked for a difference: full is better" in table.notes[0]
    )
    assert table.frame["first"].unique().tolist() == ["full"]
    assert table.frame["difference_low"].iloc[-1] > 0 >= table.frame["difference_low"].iloc[:-1].max()


def test_evidence_is_that_of_the_e_process(apart: Path) -> None:
    frame = results.compare(told(apart))["looks"]
    records = results.load(apart)
    rates = records.nominal.assign(won=records.nominal["status"] == "success")
    cells = rates.groupby(["seed", "task_id", "method"])["won"].mean().unstack()
    differences = (cells["full"] - cells["frozen"]).unstack().to_numpy()
    wealth = log_wealth(differences)[: len(frame)]
    assert np.log(frame["e_better"].to_numpy()) == pytest.approx(wealth)


def test_equal_methods_are_not_decided(make_run) -> None:
    run = told(make_run(methods=("lora", "lora-x"), tasks=3, episodes=5, seeds=2), seeds=2)
    table = next(table for table in results.compare(run).tables if table.name == "looks")
    assert "stopped after all 2 seeds" in table.notes[0]
    assert looks.decision(results.load(run), looks.Rule()) == ""


def test_a_study_that_was_not_to_stop_early_has_no_looks(make_run) -> None:
    assert "looks" not in results.compare(make_run(seeds=2))


def test_one_method_leaves_nothing_to_decide() -> None:
    words = ["--suite", "fake", "--policy", "fake", "--method", "frozen", "--until-decided", "--seeds", "0-1"]
    with pytest.raises(UserError, match="--until-decided compares methods; name two"):
        command.run(options.parse(words))
