"""Generated parts of the documentation are current, and the dictionary of columns is complete."""

import json

from docs import generate
from harness.core.records import EPISODE_COLUMNS, AdaptationDetails, AdaptationRow, names

DOCS = generate.DOCS


def test_nothing_is_out_of_date(capsys):
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_check_names_a_page_that_is_not_current(tmp_path, monkeypatch, capsys):
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text("<!-- generated: list selector -->\nold\n<!-- end -->\n")
    monkeypatch.setattr(generate, "DOCS", page.parent)
    monkeypatch.setattr(generate, "PAGES", (page,))
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/page.md\n"
    assert "old" in page.read_text()
    assert generate.main([]) == 0
    assert "| `knn` |" in page.read_text()
    assert generate.main(["--check"]) == 0


def test_every_column_of_the_records_is_described():
    described = {"episodes": EPISODE_COLUMNS, "adaptations": names(AdaptationRow) + names(AdaptationDetails)}
    for record in (DOCS / "records").glob("*/"):
        for kind, known in described.items():
            for line in (record / f"{kind}.jsonl").read_text().splitlines():
                assert set(json.loads(line)) - {"digest"} <= set(known)


def test_the_readme_is_one_page():
    assert len((DOCS.parent / "README.md").read_text().splitlines()) <= 150
