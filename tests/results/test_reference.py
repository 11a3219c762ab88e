"""Published figures: complete, plausible, with their source."""

from __future__ import annotations

import pytest

from results.published import tables


@pytest.mark.parametrize("name", sorted(tables.TITLES))
def test_every_row_has_a_source(name: str) -> None:
    table = tables.read(name)
    assert table["source"].str.len().min() > 5
    percent = table[table["unit"].str.startswith("%")] if "unit" in table else table
    numbers = percent.select_dtypes("number")
    assert numbers.notna().all().all()
    assert numbers.to_numpy().min() >= 0
    assert numbers.to_numpy().max() <= 100


def test_every_file_is_named() -> None:
    assert {path.stem for path in tables.FOLDER.glob("*.csv")} == set(tables.TITLES)
    readme = (tables.FOLDER / "README.md").read_text()
    assert all(f"{name}.csv" in readme for name in tables.TITLES)


def test_only_what_fits_is_shown() -> None:
    assert tables.tables(["robosuite_lift"], ["lora"], varied=False) == {}
    found = tables.tables(["libero_goal"], ["lora", "steer-attn"], varied=True)
    assert list(found) == ["libero", "libero_plus", "robotic_steering"]
    assert list(found["libero"].columns) == ["policy", "goal", "source"]
