"""Numbers of tables as text: rates in percent with their interval, counts, seconds, hours, p-values.

How a column is written depends on its name alone, so that it reads the same in every table and form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from results.tables.table import Table

MINUS = "\N{MINUS SIGN}"

LEAST_P = 0.0001
"""Below it a p-value is a bound: no p-value is 0."""


def p_value(value: float) -> str:
    """Four decimals, or `LEAST_P` as a bound."""
    return f"{value:.4f}" if value >= LEAST_P else f"<{LEAST_P}"


def points(value: float) -> str:
    """A difference of rates in points, with a true minus sign."""
    return f"{100 * value:+.0f}".replace("-", MINUS)


@dataclass(frozen=True)
class Interval:
    """A value that is shown with its ends."""

    low: str
    high: str
    heading: str
    form: Callable[[float], str]


PERCENT, WHOLE_PERCENT = "{:.1%}".format, "{:.0%}".format

INTERVALS = {
    "success": Interval("low", "high", "success [95%]", PERCENT),
    "with_errors": Interval("with_errors_low", "with_errors_high", "errors counted [95%]", PERCENT),
    "pretraining": Interval("pretraining_low", "pretraining_high", "pretraining after [95%]", PERCENT),
    "difference": Interval("difference_low", "difference_high", "difference [95%], points", points),
    "steps": Interval("steps_low", "steps_high", "steps [95%]", "{:,.0f}".format),
    "does_old_task": Interval("does_low", "does_high", "success [95%]", WHOLE_PERCENT),
    **{
        name: Interval(f"{name}_low", f"{name}_high", f"{name.replace('_', ' ')} [95%]{unit}", form)
        for names, unit, form in (
            (("varied", "retention", "area"), "", WHOLE_PERCENT),
            (("drop", "beyond_lora", "mean_drop", "worst_drop"), ", points", points),
        )
        for name in names
    },
}
"""Column -> its ends, heading and format: shown together in one column."""

ENDS = {end for interval in INTERVALS.values() for end in (interval.low, interval.high)}

FORMATS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("gpu_hours", "cpu_core_hours", "evaluation_hours"), "{:.4f}".format),
    **dict.fromkeys(("gpu_hours_each", "cpu_core_hours_each", "hours"), "{:.5f}".format),
    **dict.fromkeys(("p", "p_holm", "p_sign_flip", "p_margin"), p_value),
    **dict.fromkeys(("target", "lower_bound", "success", "as_released", "pretraining_before"), PERCENT),
    **dict.fromkeys(("clean", "expert", "cost_ratio"), WHOLE_PERCENT),
    "study_hours": "{:,.2f}".format,
    "detectable": lambda value: f"{100 * value:.1f}",
    **dict.fromkeys(("task_spread", "adaptation_spread", "scene_spread"), lambda value: f"{100 * value:.0f}"),
    "peak_gib": "{:,.2f}".format,
    "gflops": "{:,.0f}".format,
}

SEED = re.compile(r"seed_\d+")
"""Columns that hold the success of one seed."""

HEADINGS = {
    "p_holm": "p (Holm)",
    "p_sign_flip": "p (sign flip)",
    "p_margin": "p (margin)",
    "cost_ratio": "share of cost",
    "cost_unit": "cost in",
    "detectable": "detectable, points",
    "task_spread": "over tasks, points",
    "adaptation_spread": "over adaptations, points",
    "scene_spread": "over scenes, points",
    "gpu_hours_each": "GPU-hours of one",
    "cpu_core_hours_each": "CPU core-hours of one",
    "cpu_core_hours": "CPU core-hours",
    "gpu_hours": "GPU-hours",
    "peak_gib": "peak GiB",
    "gflops": "GFLOP",
}

WORST = ("worst_case_low", "worst_case_high")
"""Ends of what errors could have been."""

HASHES = ("fingerprint", "policy sha256", "source", "commit")
APART = "no common episodes"
NUMBER = re.compile(r"[<+\u2212-]?[\d,.]+(e[+-]?\d+)?%?( \[[^]]*\])?")

SECONDS = "_s"
"""Ending of columns that hold seconds."""


def shown(table: Table) -> pd.DataFrame:
    """The table as text without blank columns; published figures as they were printed."""
    if table.published:
        return table.frame.map(lambda value: "" if missing(value) else f"{value}")
    written = formatted(table.frame)
    return written.loc[:, (written != "").any()]


def formatted(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column as text: rates in percent with their interval, counts with separators, blanks for missing.

    Of pairs without a common scene the cells say so. Rates with errors are left out where there are none.
    """
    written = pd.DataFrame(index=frame.index)
    without_errors = "errors" in frame and not frame["errors"].any()
    apart = frame["scenes"] == 0 if "scenes" in frame else pd.Series(False, frame.index)
    for name, column in frame.items():
        name = str(name)
        if name in INTERVALS and INTERVALS[name].low in frame:
            if not (name == "with_errors" and without_errors):
                written[INTERVALS[name].heading] = _with_ends(frame, name)
        elif name == WORST[0]:
            form = points if "difference" in frame else PERCENT
            ends = zip(column, frame[WORST[1]], strict=True)
            shown = ["" if missing(low) else f"{form(low)} to {form(high)}" for low, high in ends]
            written["worst case"] = shown
        elif name not in ENDS and name not in (WORST[1], "reason"):
            written[heading(name)] = [cell(name, value) for value in column]
    if "quantity" in written and "unit" in written:
        units = written.pop("unit")
        written["quantity"] = (written["quantity"] + " " + units).str.strip()
    for name in ("difference [95%], points", "p"):
        if name in written:
            written.loc[apart, name] = APART
    return written


def heading(name: str) -> str:
    """Of a column, with its unit."""
    if name.endswith(SECONDS) and name not in HEADINGS:
        return f"{name.removesuffix(SECONDS).replace('_', ' ')}, s"
    return HEADINGS.get(name, name.replace("_", " "))


def _with_ends(frame: pd.DataFrame, name: str) -> list[str]:
    interval = INTERVALS[name]
    form, cells = interval.form, []
    for value, bottom, top in zip(frame[name], frame[interval.low], frame[interval.high], strict=True):
        if missing(value):
            cells.append("")
        elif missing(bottom):
            cells.append(form(value))
        else:
            cells.append(f"{form(value)} [{form(bottom)}, {form(top)}]")
    return cells


def missing(value: object) -> bool:
    """None or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def cell(name: str, value: object) -> str:
    """One value of the column `name`."""
    if missing(value):
        return ""
    if isinstance(value, float) and name in FORMATS:
        return FORMATS[name](value)
    if isinstance(value, float) and SEED.fullmatch(name):
        return PERCENT(value)
    if isinstance(value, float) and name.endswith(SECONDS):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def spans(numbers: Iterable[int], separator: str = ", ") -> str:
    """`0, 1, 2, 5` -> `0-2, 5`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return separator.join(str(low) if low == high else f"{low}-{high}" for low, high in found)


def numeric(column: pd.Series) -> bool:
    """Whether every cell that is not blank is a number, perhaps with its interval."""
    if column.name in HASHES:
        return False
    filled = [value for value in column if value and value != APART]
    return bool(filled) and all(NUMBER.fullmatch(value) for value in filled)
