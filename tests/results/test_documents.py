"""Forms of a comparison: every one can be read by what reads that form."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from results import compare
from results.render import cells, html, text
from results.render.forms import render, without_formulas
from results.tables.comparison import Comparison
from results.tables.table import Table


@pytest.fixture
def document(make_run) -> Comparison:
    return compare([make_run(errors=0.1)])


def printed(document: Comparison) -> list[Table]:
    return [table for table in document.tables if table.printed]


def test_terminal_names_every_table_and_note(document: Comparison) -> None:
    written = render(document, "terminal")
    for table in printed(document):
        assert table.title in written
        assert all(note in written for note in table.notes)


def test_markdown_tables_are_rectangular(document: Comparison) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", render(document, "markdown"), flags=re.M)
    assert len(blocks) == len(printed(document))
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_latex_is_balanced_and_escaped(document: Comparison) -> None:
    written = render(document, "latex")
    assert written.count(r"\begin{table}") == written.count(r"\end{table}") == len(printed(document))
    body = written.split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[%_#]", re.sub(r"\\label\{[^}]*\}", "", body))
    for block in re.findall(r"\\begin\{tabular\}\{(\w+)\}\n(.*?)\\end\{tabular\}", written, flags=re.S):
        rows = [line for line in block[1].splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(block[0])}


def test_html_is_well_formed(document: Comparison) -> None:
    page = render(document, "html")
    ET.fromstring(re.sub(r"<(meta|link)([^>]*)>", r"<\1\2/>", page.removeprefix("<!doctype html>")))
    assert "<script" not in page


def test_names_are_escaped() -> None:
    import pandas as pd

    table = pd.DataFrame({"method": ["<b>&"], "n": ["3"]})
    assert "&lt;b&gt;&amp;" in html.to_html(table)
    assert r"\textless{}b\textgreater{}\&" in text.latex_table(table)


def test_missing_is_blank_and_never_zero() -> None:
    assert cells.cell("gpu_hours", float("nan")) == ""
    assert cells.cell("gpu_hours", None) == ""
    assert cells.cell("gpu_hours", 0.0) == "0.0000"


def test_a_small_p_value_is_a_bound() -> None:
    assert [cells.cell("p_holm", p) for p in (0.0625, 0.0001, 3e-9)] == ["0.0625", "0.0001", "<0.0001"]


def test_spans() -> None:
    assert cells.spans([5, 0, 1, 2]) == "0-2, 5"
    assert cells.spans([], ",") == ""
    assert cells.spans([0, 2, 3], ",") == "0,2-3"


def test_plain_text_is_aligned_and_never_cut(document: Comparison) -> None:
    written = render(document, "terminal")
    assert written.isprintable() or set(filter(lambda one: not one.isprintable(), written)) == {"\n"}
    assert "\x1b" not in written
    assert not re.search("[─│┃━…]", written)
    assert max(map(len, written.splitlines())) > 120
    assert not any(line.endswith(" ") for line in written.splitlines())
    assert "\x1b[1m" in render(document, "terminal", colour=True)


def test_text_is_no_formula_in_a_spreadsheet_and_numbers_stay() -> None:
    frame = pd.DataFrame(
        {"name": ["=1+1", "+x", "-cmd", "@sum", "plain", "-"], "value": [-1.5, 0, 1, 2, 3, 4]}
    )
    safe = without_formulas(frame)
    assert safe["name"].tolist() == ["'=1+1", "'+x", "'-cmd", "'@sum", "plain", "-"]
    assert safe["value"].tolist() == frame["value"].tolist()
