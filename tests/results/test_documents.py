"""Forms of a comparison: every one can be read by what reads that form."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from results.render import text_tables
from results.render.documents import render
from results.tables.comparison import Document, compare


@pytest.fixture
def document(make_run) -> Document:
    return compare([make_run(errors=0.1)])


def test_terminal_names_every_table_and_note(document: Document) -> None:
    text = render(document, "terminal")
    for table in document.tables:
        assert table.title in text
        assert all(note in text for note in table.notes)


def test_markdown_tables_are_rectangular(document: Document) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", render(document, "markdown"), flags=re.M)
    assert len(blocks) == len(document.tables)
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_latex_is_balanced_and_escaped(document: Document) -> None:
    text = render(document, "latex")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == len(document.tables)
    body = text.split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[%_#]", re.sub(r"\\label\{[^}]*\}", "", body))
    for block in re.findall(r"\\begin\{tabular\}\{(\w+)\}\n(.*?)\\end\{tabular\}", text, flags=re.S):
        rows = [line for line in block[1].splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(block[0])}


def test_html_is_well_formed(document: Document) -> None:
    page = render(document, "html")
    ET.fromstring(re.sub(r"<(meta|link)([^>]*)>", r"<\1\2/>", page.removeprefix("<!doctype html>")))
    assert "<script" not in page


def test_names_are_escaped() -> None:
    import pandas as pd

    table = pd.DataFrame({"method": ["<b>&"], "n": ["3"]})
    assert "&lt;b&gt;&amp;" in text_tables.to_html(table)
    assert r"\textless{}b\textgreater{}\&" in text_tables.latex(table)


def test_missing_is_blank_and_never_zero() -> None:
    assert text_tables.cell("gpu_hours", float("nan")) == ""
    assert text_tables.cell("gpu_hours", None) == ""
    assert text_tables.cell("gpu_hours", 0.0) == "0.0000"


def test_a_small_p_value_is_a_bound() -> None:
    assert [text_tables.cell("p_holm", p) for p in (0.0625, 0.0001, 3e-9)] == ["0.0625", "0.0001", "<0.0001"]


def test_spans() -> None:
    assert text_tables.spans([5, 0, 1, 2]) == "0-2, 5"
    assert text_tables.spans([], ",") == ""
    assert text_tables.spans([0, 2, 3], ",") == "0,2-3"
