"""A study that goes on seed by seed until it is decided: what was known after each, and why it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from results.records.runs import Records
from results.stats.contrasts import points
from results.stats.sequential import Look, looks
from results.stats.student import ALPHA
from results.tables.clean import Clean, clean
from results.tables.contrasts import chosen
from results.tables.table import Table

KEY = "until_decided"
"""Of a session in study.json: `margin`, `alpha` and the number of `seeds` that it may take."""


@dataclass(frozen=True)
class Rule:
    """When a study stops."""

    margin: float | None = None
    """Rate by which the first method may be worse and still be good enough; None: is it better or worse?"""
    alpha: float = ALPHA
    """Probability that the decision is wrong, however often one looks."""
    seeds: int = 1
    """After which it stops undecided."""


def rule_of(records: Records) -> Rule | None:
    """What the last session of the only run was told; None where it was not to stop early."""
    sessions = records.runs[0].study.get("sessions") if len(records.runs) == 1 else None
    told = sessions[-1].get(KEY) if sessions else None
    return Rule(**told) if told else None


def taken(found: Clean, rule: Rule) -> tuple[tuple[str, str], list[Look]]:
    """The first planned contrast, and a look at it after each complete seed."""
    pair = chosen(found.methods)[0]
    return pair, looks(found.rates.difference(*pair), pair, rule.margin, rule.alpha)


def decision(records: Records, rule: Rule) -> str:
    """What the looks decided; empty while nothing is decided."""
    found = clean(records)
    if len(found.methods) < 2:
        return ""
    _, each = taken(found, rule)
    return each[-1].decision if each else ""


def tables(records: Records, found: Clean) -> Iterator[Table]:
    """One row a look, up to the deciding one; nothing of a study that was not to stop early."""
    rule = rule_of(records)
    if rule is None or len(found.methods) < 2:
        return
    pair, each = taken(found, rule)
    last = next((at for at, look in enumerate(each) if look.decision), len(each) - 1)
    rows = [
        {"first": pair[0], "second": pair[1], "seeds": look.seeds}
        | {"difference": look.value, "difference_low": look.low, "difference_high": look.high}
        | {"e_better": look.e_better, "e_worse": look.e_worse, "verdict": look.decision or "goes on"}
        for look in each[: last + 1]
    ]
    notes = (
        stopped(each[: last + 1], rule),
        f"interval: confidence sequence, right at all looks together with probability {1 - rule.alpha:.0%}; "
        f"e: evidence of an e-process over adaptations, decides at {2 / rule.alpha:.0f}",
    )
    yield Table("looks", "Looks, seed by seed", pd.DataFrame(rows), notes)


def stopped(each: list[Look], rule: Rule) -> str:
    """Where the study stopped and why, in a sentence."""
    asked = "a difference" if rule.margin is None else f"a margin of {points(rule.margin)}"
    if each and each[-1].decision:
        return f"stopped after {each[-1].seeds} of {rule.seeds} seeds, asked for {asked}: {each[-1].decision}"
    if len(each) >= rule.seeds:
        return f"stopped after all {rule.seeds} seeds, asked for {asked}: undecided, the budget is spent"
    return f"{len(each)} of {rule.seeds} seeds are complete, asked for {asked}: undecided, goes on"
