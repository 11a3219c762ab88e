"""Planned contrasts: the table that answers the question, and the answer in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from results.records.runs import Records
from results.stats import contrasts as tests
from results.stats.student import ALPHA
from results.tables import completeness
from results.tables.clean import Clean
from results.tables.table import Table

UNITS = {"gpu_hours_each": "GPU-hours", "cpu_core_hours_each": "CPU core-hours"}
"""Column of the costs -> unit; hours of one are never compared with hours of the other."""

NOTES = (
    "unit: the adaptation. Episodes of one network are averaged; difference: first minus second in points, "
    "at the level of Holm's test, so that it leaves 0 out exactly where p (Holm) is at most 5%",
    "scope: `these tasks` where seeds within tasks give the error (stratified t), `tasks like these` with "
    "one seed (paired t over tasks); sign flip: a check without a distribution",
)


@dataclass(frozen=True)
class Question:
    """What is asked of the records."""

    contrasts: tuple[tuple[str, str], ...] = ()
    """Empty: the default ones."""
    margin: float | None = None
    """Rate by which the first may be worse and still pass for good enough."""


def chosen(methods: Sequence[str], asked: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """The contrasts to test; where none of the defaults applies, every further method with the first one."""
    return tests.planned(methods, asked) or [(name, methods[0]) for name in methods[1:]]


def table(records: Records, clean: Clean, costs: pd.DataFrame, question: Question) -> Table:
    """One row a planned contrast: difference over adaptations, its test, cost ratio, verdict."""
    missing = completeness.unfinished(records)
    notes = list(NOTES)
    if question.margin is not None:
        notes.append(
            f"margin: {tests.points(question.margin)}; p (margin): that the first is worse by that much, "
            "one-sided at 2.5%"
        )
    if not clean.common:
        notes.append("the methods have no scene in common: their own scenes are compared")
    rows = []
    pairs = chosen(clean.methods, question.contrasts)
    shares = completeness.error_shares(records)
    for found in tests.contrasts(clean.rates, pairs, question.margin):
        low, high = math.nan, math.nan
        verdict = found.verdict
        if max(shares[found.first], shares[found.second]) > completeness.FEW_ERRORS:
            low, high, verdict = worst_case(clean, found)
        if missing:
            verdict = f"no verdict: {missing}"
        rows.append(_row(found, costs, verdict) | {"worst_case_low": low, "worst_case_high": high})
    return Table("contrasts", "Planned contrasts, over adaptations", pd.DataFrame(rows), tuple(notes))


def worst_case(clean: Clean, found: tests.Contrast) -> tuple[float, float, str]:
    """Bounds of the difference whatever the errors would have been, and the verdict that stands anyway."""
    pair = (found.first, found.second)
    low = tests.difference(clean.imputed(*pair), pair)
    high = tests.difference(clean.imputed(*reversed(pair)), pair)
    decided = found.estimate.reason == "" and found.p_holm <= ALPHA
    stands = low.low > 0 if found.estimate.value > 0 else high.high < 0
    verdict = found.verdict if stands or not decided else "no verdict: the errors could reverse it"
    return low.value, high.value, verdict


def _row(found: tests.Contrast, costs: pd.DataFrame, verdict: str) -> dict[str, object]:
    estimate = found.estimate
    ratio, unit = cost_ratio(costs, found.first, found.second)
    return {
        "first": found.first,
        "second": found.second,
        "difference": estimate.value,
        "difference_low": found.low_holm,
        "difference_high": found.high_holm,
        "p": estimate.p,
        "p_holm": found.p_holm,
        "p_sign_flip": estimate.p_sign_flip,
        "p_margin": found.p_margin,
        "tasks": estimate.tasks,
        "seeds": estimate.seeds,
        "scope": "" if estimate.reason else estimate.scope,
        "cost_ratio": ratio,
        "cost_unit": unit,
        "verdict": verdict,
    }


def cost_ratio(costs: pd.DataFrame, first: str, second: str) -> tuple[float, str]:
    """Hours of one adaptation of the first over those of the second, and their unit; (NaN, "") without."""
    known = costs[costs["steps"] > 0]
    for column, unit in UNITS.items():
        hours = dict(zip(known["method"], known[column].tolist(), strict=True))
        if hours.get(first, math.nan) > 0 and hours.get(second, math.nan) > 0:
            return float(hours[first] / hours[second]), unit
    return math.nan, ""


def answer(table: pd.DataFrame, methods: pd.DataFrame) -> str:
    """The first contrast in a sentence: both rates, difference with interval, share of the cost, verdict."""
    if table.empty:
        return ""
    row = table.to_dict("records")[0]
    rates = dict(zip(methods["method"], methods["success"].tolist(), strict=True))
    first, second = row["first"], row["second"]
    text = f"{first} {rates[first]:.0%} against {second} {rates[second]:.0%}: "
    text += f"{_points(row['difference'])} points"
    if math.isfinite(row["difference_low"]):
        text += f" [{_points(row['difference_low'])}, {_points(row['difference_high'])}]"
    if math.isfinite(row["cost_ratio"]):
        text += f", at {row['cost_ratio']:.0%} of the cost ({row['cost_unit']} of one adaptation)"
    return f"{text}. {str(row['verdict'])[0].upper()}{str(row['verdict'])[1:]}."


def _points(rate: float) -> str:
    return f"{100 * rate:+.0f}".replace("-", "\u2212")
