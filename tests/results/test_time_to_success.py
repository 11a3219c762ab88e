"""Restricted mean of steps, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from results.stats.time_to_success import difference_in_steps, mean_steps, restricted, success_by_step

BUDGET = 100


def episodes() -> pd.DataFrame:
    """Two tasks, two seeds, two methods: `fast` needs 20 to 30 steps, `slow` 60 to 80."""
    rows = []
    for method, base in (("fast", 20), ("slow", 60)):
        for task in range(2):
            for seed in range(2):
                adapt = f"{method}.t{task}.s{seed}"
                row = {"method": method, "task_id": task, "seed": seed, "adapt_id": adapt}
                rows.append({**row, "status": "success", "steps": base + 10 * seed})
                rows.append({**row, "status": "failure", "steps": 37})
                rows.append({**row, "status": "error", "steps": 1})
    return pd.DataFrame(rows)


def test_failures_count_as_the_budget_and_errors_not_at_all() -> None:
    taken = restricted(episodes(), BUDGET)
    assert taken.of("fast").tolist() == [[60.0, 65.0], [60.0, 65.0]]
    found = mean_steps(taken, "fast", BUDGET)
    assert found.value == 62.5
    assert found.low < 62.5 < found.high <= BUDGET


def test_successes_later_than_the_budget_are_cut() -> None:
    assert restricted(episodes(), 25).of("slow").tolist() == [[25.0, 25.0]] * 2


def test_difference_is_paired() -> None:
    values = episodes()
    values.loc[(values["method"] == "slow") & (values["task_id"] == 0), "steps"] += 4
    found = difference_in_steps(restricted(values, BUDGET), "fast", "slow", BUDGET)
    assert found.value == pytest.approx((-22 - 20) / 2)
    assert found.reason  # Both seeds of a task differ by the same: no spread, no interval.


def test_share_that_has_succeeded() -> None:
    found = success_by_step(episodes(), [10, 25, 30, 100])
    assert found["fast"].tolist() == [0.0, 0.25, 0.5, 0.5]
    assert found["slow"].tolist() == [0.0, 0.0, 0.0, 0.5]
    assert found.index.name == "steps"


def test_share_weighs_adaptations_and_tasks_alike() -> None:
    values = episodes()
    more = pd.concat([values, *[values[values["adapt_id"] == "fast.t0.s0"]] * 3])
    more = more[(more["adapt_id"] != "fast.t1.s1")].reset_index(drop=True)
    found = success_by_step(more, [20, 30])
    assert found["fast"].tolist() == pytest.approx([(0.25 + 0.5) / 2, 0.5])
