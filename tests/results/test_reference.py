"""Published figures: complete, plausible, with their source."""

from __future__ import annotations

import pytest

from results import reference


@pytest.mark.parametrize("name", sorted(reference.TITLES))
def test_every_row_has_a_source(name: str) -> None:
    table = reference.read(name)
    assert table["source"].str.len().min() > 5
    percent = table[table["unit"].str.startswith("%")] if "unit" in table else table
    numbers = percent.select_dtypes("number")
    assert numbers.notna().all().all()
    assert numbers.to_numpy().min() >= 0
    assert numbers.to_numpy().max() <= 100


def test_every_file_is_named() -> None:
    assert {path.stem for path in reference.FOLDER.glob("*.csv")} == set(reference.TITLES)
    readme = (reference.FOLDER / "README.md").read_text()
    assert all(f"{name}.csv" in readme for name in reference.TITLES)


def test_only_what_fits_is_shown() -> None:
    assert reference.tables(["robosuite_lift"], ["lora"], varied=False) == {}
    found = reference.tables(["libero_goal"], ["lora", "steer-attn"], varied=True)
    assert list(found) == ["libero", "libero_plus", "robotic_steering"]
    assert list(found["libero"].columns) == ["policy", "goal", "source"]
