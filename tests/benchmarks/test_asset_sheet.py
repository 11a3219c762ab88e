"""The picture of asset packs: what is refused before it is drawn."""

from __future__ import annotations

import pytest

from benchmarks import asset_sheet


@pytest.mark.parametrize(
    ("given", "complaint"), [(["--assets", "nowhere"], "no assets 'nowhere'"), (["--nope"], "--nope")]
)
def test_a_sheet_of_unknown_assets_is_refused_in_one_line(given, complaint, capsys):
    assert asset_sheet.main(given) == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.count("\n") == 1


def test_a_sheet_that_cannot_be_written_is_refused_before_it_is_drawn(tmp_path, capsys):
    assert asset_sheet.main(["--out", str(tmp_path)]) == 2
    assert "choose another --out" in capsys.readouterr().err
