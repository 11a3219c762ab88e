"""The headline for programs: one line of JSON, and JUnit XML for continuous integration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd

from harness.core.errors import UserError
from harness.core.files import write_whole
from results.render.cells import missing
from results.tables.comparison import Comparison

OF_A_METHOD = ("method", "success", "low", "high", "tasks", "seeds", "episodes", "errors")


def line(comparison: Comparison) -> str:
    """`answer`, `warnings`, `methods` and `contrasts` as one line of JSON: rates in [0, 1], unknown null."""
    content: dict[str, object] = {"answer": comparison.answer, "warnings": list(comparison.warnings)}
    rates = comparison.success
    content["methods"] = _rows(rates[[name for name in OF_A_METHOD if name in rates]])
    content["contrasts"] = _rows(comparison["contrasts"]) if "contrasts" in comparison else []
    return json.dumps(content)


def write_junit(comparison: Comparison, path: Path, below: Sequence[str] = ()) -> None:
    """JUnit XML: a case for each method and task, whose failure is that all of its episodes crashed, and one
    for each method that must not be worse than demanded; `below` has the lines of those that are.

    Raises UserError where it cannot be written.
    """
    suite = Element("testsuite", name="harness")
    counts = {"tests": 0, "failures": 0, "errors": 0}
    for row in comparison["tasks"].to_dict("records") if "tasks" in comparison else ():
        case = SubElement(suite, "testcase", classname=str(row["method"]), name=f"task {row['task_id']}")
        words = f"{row['successes']} of {row['episodes']} succeeded, {row['errors']} errors"
        SubElement(case, "system-out").text = words
        counts["tests"] += 1
        if not row["episodes"]:
            SubElement(case, "error", message="every episode ended in an error")
            counts["errors"] += 1
    for method in comparison.success["method"]:
        case = SubElement(suite, "testcase", classname=str(method), name="success is as demanded")
        counts["tests"] += 1
        for words in (words for words in below if words.startswith(f"{method}: ")):
            SubElement(case, "failure", message=words)
            counts["failures"] += 1
    suite.attrib |= {name: str(count) for name, count in counts.items()}
    indent(suite)
    try:
        write_whole(path, tostring(suite, encoding="unicode", xml_declaration=True) + "\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --junit") from None


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Without NaN, which is no JSON."""
    return [
        {str(name): None if missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
