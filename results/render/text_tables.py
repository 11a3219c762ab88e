"""Tables of numbers as text: terminal, Markdown, LaTeX, HTML."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable

import pandas as pd

LEAST_P = 0.0001
"""Below it a p-value is a bound: no p-value is 0."""


def p_value(value: float) -> str:
    """Four decimals, or `LEAST_P` as a bound."""
    return f"{value:.4f}" if value >= LEAST_P else f"<{LEAST_P}"


INTERVALS = {
    "success": ("low", "high", "success [95%]", "{:.1%}"),
    "with_errors": ("with_errors_low", "with_errors_high", "errors counted [95%]", "{:.1%}"),
    "pretraining": ("pretraining_low", "pretraining_high", "pretraining after [95%]", "{:.1%}"),
    "mean": ("mean_low", "mean_high", "mean over tasks [95%]", "{:.1%}"),
    "difference": ("difference_low", "difference_high", "difference [95%]", "{:+.1%}"),
    "task_difference": ("task_low", "task_high", "over tasks [95%]", "{:+.1%}"),
}
"""Column -> columns of its ends, heading, format: shown together in one column."""

ENDS = {end for low, high, *_ in INTERVALS.values() for end in (low, high)}

FORMATS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("gpu_hours", "cpu_core_hours", "evaluation_hours"), "{:.4f}".format),
    **dict.fromkeys(("gpu_hours_each", "cpu_core_hours_each", "hours"), "{:.5f}".format),
    **dict.fromkeys(("p", "p_holm"), p_value),
    **dict.fromkeys(
        ("detectable", "worst_task", "target", "lower_bound", "success", "pretraining_before"),
        "{:.1%}".format,
    ),
    **dict.fromkeys(("peak_gib",), "{:,.2f}".format),
    **dict.fromkeys(("gflops",), "{:,.0f}".format),
}
HEADINGS = {
    "p_holm": "p (Holm)",
    "detectable": "detectable at this n",
    "only_first": "only first",
    "only_second": "only second",
    "worst_task": "worst task",
    "pretraining_before": "pretraining before",
}
HASHES = ("fingerprint", "policy_sha256", "source")
APART = "no common episodes"
NUMBER = re.compile(r"[<+-]?[\d,.]+(e[+-]?\d+)?%?( \[[^]]*\])?")

SECONDS = "_s"
"""Ending of columns that hold seconds."""


def formatted(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text: rates in percent with their interval, counts with separators, blanks for missing.

    Of pairs without a common scene the cells say so. Rates with errors are left out where there are none.
    """
    shown = pd.DataFrame(index=table.index)
    without_errors = "errors" in table and not table["errors"].any()
    apart = table["scenes"] == 0 if "scenes" in table else pd.Series(False, table.index)
    for name, column in table.items():
        name = str(name)
        if name in INTERVALS and INTERVALS[name][0] in table:
            if not (name == "with_errors" and without_errors):
                shown[INTERVALS[name][2]] = _with_ends(table, name)
        elif name not in ENDS:
            shown[HEADINGS.get(name, name)] = [cell(name, value) for value in column]
    for name in ("difference [95%]", "p"):
        if name in shown:
            shown.loc[apart, name] = APART
    return shown


def _with_ends(table: pd.DataFrame, name: str) -> list[str]:
    low, high, _, form = INTERVALS[name]
    cells = []
    for rate, bottom, top in zip(table[name], table[low], table[high], strict=True):
        if missing(rate):
            cells.append("")
        elif missing(bottom):
            cells.append(form.format(rate))
        else:
            cells.append(f"{form.format(rate)} [{form.format(bottom)}, {form.format(top)}]")
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
    if isinstance(value, float) and name.endswith(SECONDS):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def text(table: pd.DataFrame) -> str:
    """A table of text for a terminal."""
    return str(table.to_string(index=False, max_colwidth=40))


def markdown(table: pd.DataFrame) -> str:
    """A table of text as Markdown."""
    lines = [table.columns.tolist(), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "".join(
        "| " + " | ".join(str(part).replace("|", "\\|") for part in line) + " |\n" for line in lines
    )


def spans(numbers: Iterable[int], separator: str = ", ") -> str:
    """`0, 1, 2, 5` -> `0-2, 5`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return separator.join(str(low) if low == high else f"{low}-{high}" for low, high in found)


LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        **{letter: "\\" + letter for letter in "&%$#_{}"},
    }
)


def latex(table: pd.DataFrame) -> str:
    """A table of text as a booktabs tabular: numbers to the right."""
    columns = "".join("r" if _numeric(table[name]) else "l" for name in table.columns)
    rows = [" & ".join(str(part).translate(LATEX) for part in line) for line in table.to_numpy()]
    head = " & ".join(str(name).translate(LATEX) for name in table.columns)
    body = "".join(f"{row} \\\\\n" for row in rows)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )


def to_html(table: pd.DataFrame) -> str:
    """A table of text as HTML; the first column heads its row."""
    kinds = [_right(table[name]) for name in table.columns]
    heads = zip(table.columns, kinds, strict=True)
    head = "".join(f'<th scope="col"{kind}>{html.escape(name)}</th>' for name, kind in heads)
    lines = []
    for line in table.to_numpy():
        first, *parts = [html.escape(str(part)) for part in line]
        cells = "".join(f"<td{kind}>{part}</td>" for kind, part in zip(kinds[1:], parts, strict=True))
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>\n')
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{''.join(lines)}</tbody></table>\n"


def _right(column: pd.Series) -> str:
    return ' class="n"' if _numeric(column) else ""


def _numeric(column: pd.Series) -> bool:
    """Whether every cell that is not blank is a number, perhaps with its interval."""
    if column.name in HASHES:
        return False
    filled = [value for value in column if value and value != APART]
    return bool(filled) and all(NUMBER.fullmatch(value) for value in filled)
