"""Shares of an episode's time and what they advise."""

import math

import pandas as pd
import pytest

from harness.console.time_breakdown import shares, text

COLUMNS = ("status", "wall_s", "env_s", "policy_s")


def episodes(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def row(env, policy, status="success", wall=10.0):
    return (status, wall, env, policy)


def test_shares_are_of_all_timed_episodes():
    rows = [row(6.0, 3.0), row(4.0, 5.0), row(0.0, 0.0, "error", 99.0), row(9.0, 9.0, wall=math.nan)]
    assert shares(episodes(*rows)) == pytest.approx((0.5, 0.4, 0.1))
    assert text(episodes()) == text(episodes(row(0.0, 0.0, "error"))) == ""


@pytest.mark.parametrize(
    ("env", "policy", "advice"), [(8.0, 1.0, "CPUs"), (1.0, 8.0, "GPU"), (5.0, 4.0, "both")]
)
def test_advice_follows_the_larger_share(env, policy, advice):
    line = text(episodes(row(env, policy)))
    assert advice in line
    assert f"environment {env * 10:.0f}%" in line
