"""From episodes to one value per adaptation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from results.stats.adaptations import cells, judged, on_common_scenes, strata


def episodes(*rows: tuple[str, int, int, str]) -> pd.DataFrame:
    """One row a letter of (method, task, seed, letters): s success, f failure, e error."""
    names = {"s": "success", "f": "failure", "e": "error"}
    return pd.DataFrame(
        [
            {
                "method": method,
                "task_id": task,
                "seed": seed,
                "scene_id": f"t{task}.i{scene}.s{seed}",
                "adapt_id": f"{method}.t{task}.s{seed}",
                "status": names[letter],
            }
            for method, task, seed, letters in rows
            for scene, letter in enumerate(letters)
        ]
    )


def test_one_rate_per_adaptation() -> None:
    found = cells(
        judged(episodes(("a", 0, 0, "ssff"), ("a", 0, 1, "sfe"), ("a", 1, 0, "s"), ("b", 0, 1, "f")))
    )
    assert (found.methods, found.strata, found.seeds) == (("a", "b"), ("0", "1"), (0, 1))
    np.testing.assert_equal(found.of("a"), [[0.5, 0.5], [1.0, np.nan]])
    np.testing.assert_equal(found.of("b"), [[np.nan, 0.0], [np.nan, np.nan]])
    np.testing.assert_equal(found.difference("a", "b"), [[np.nan, 0.5], [np.nan, np.nan]])


def test_only_scenes_that_all_methods_finished() -> None:
    found = on_common_scenes(episodes(("a", 0, 0, "ssf"), ("b", 0, 0, "fes"), ("c", 0, 0, "eee")), ["a", "b"])
    assert sorted(found["scene_id"]) == ["t0.i0.s0"] * 2 + ["t0.i2.s0"] * 2
    assert cells(found).difference("a", "b") == pytest.approx(np.array([[0.0]]))


def test_tasks_of_one_adaptation_are_one_stratum_and_weigh_alike() -> None:
    frame = judged(episodes(("a", 0, 0, "ssss"), ("a", 1, 0, "f"), ("a", 2, 0, "s")))
    frame.loc[frame["task_id"] < 2, "adapt_id"] = "a.t0-1.s0"
    found = cells(frame)
    assert found.strata == ("0+1", "2")
    np.testing.assert_equal(found.of("a"), [[0.5], [1.0]])


def test_strata_are_joined_through_several_adaptations() -> None:
    frame = pd.DataFrame({"task": ["0", "1", "1", "2", "3"], "adapt_id": ["x", "x", "y", "y", "z"]})
    assert strata(frame) == {"0": "0+1+2", "1": "0+1+2", "2": "0+1+2", "3": "3"}


def test_tasks_of_different_suites_are_different() -> None:
    frame = judged(episodes(("a", 0, 0, "s"), ("a", 0, 0, "f")))
    found = cells(frame.assign(suite=["one", "two"], adapt_id=["x", "y"]))
    assert found.strata == ("one:0", "two:0")
