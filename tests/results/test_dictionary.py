"""The dictionary of columns, and frames that merge without doubled ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import results
from results.tables.dictionary import explained

KEYS = {"run", "adapt_id", "method", "own_method", "seed"}


@pytest.fixture
def run(make_run) -> Path:
    return make_run(varied=("lighting",), errors=0.1)


def test_every_column_of_every_table_is_explained(run: Path) -> None:
    document = results.compare(run, target=0.5)
    names = set(document.records.methods)
    unknown = {
        (table.name, str(column))
        for table in document.tables
        if not table.published
        for column in table.frame.columns
        if column not in names and not explained(str(column))
    }
    assert not unknown


def test_every_column_of_the_frames_is_explained(run: Path) -> None:
    known = results.columns()
    records = results.load(run)
    for name, frame in (("episodes", records.episodes), ("adaptations", records.adaptations)):
        assert set(frame.columns) <= set(known.loc[known["frame"] == name, "column"])
    assert not known.duplicated(["frame", "column"]).any()
    assert (known["meaning"] != "").all()


def test_episodes_and_adaptations_merge_without_doubled_columns(make_run) -> None:
    records = results.load([make_run("one"), make_run("two", methods=("full",))])
    assert set(records.episodes) & set(records.adaptations) == KEYS
    merged = records.episodes.merge(records.adaptations)
    assert len(merged) == len(records.episodes)
    assert not [name for name in merged if name.endswith(("_x", "_y"))]
    pd.testing.assert_series_equal(merged["steps"], records.episodes["steps"])
    assert merged["train_steps"].notna().all()
