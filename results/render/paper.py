"""Figures and tables of a comparison as files for a paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import UserError
from harness.core.files import write_whole
from results.records import head_selections
from results.records.head_selections import by_method_and_stream
from results.render import drawings, head_drawings, text
from results.render.drawings import Drawing
from results.render.figures import canvas
from results.tables.comparison import Comparison


def save(comparison: Comparison, folder: Path) -> list[Path]:
    """Every drawing as SVG, PDF and PNG, every table for people as LaTeX, in `folder`; returns the files.

    Raises UserError where one cannot be written.
    """
    written = [
        canvas.save(drawing.figure, folder / f"{drawing.name}.{ending}")
        for drawing in everything(comparison)
        for ending in canvas.FORMATS
    ]
    for table in comparison.tables:
        if table.printed:
            path = folder / f"{table.name}.tex"
            try:
                write_whole(path, text.latex([table]))
            except OSError as error:
                raise UserError(f"cannot write {path}: {error.strerror}; choose another --figures") from None
            written.append(path)
    return written


def everything(comparison: Comparison) -> Iterator[Drawing]:
    """All drawings that the report has, and the scores of every adaptation."""
    yield from drawings.answer(comparison)
    yield from drawings.cost(comparison)
    yield from drawings.levels(comparison)
    yield from drawings.losses(comparison)
    for found in by_method_and_stream(head_selections.of_records(comparison.records)).values():
        if len(found) > 1:
            yield head_drawings.often(found)
            overlap = head_drawings.overlap(found)
            if overlap is not None:
                yield overlap
        yield from map(head_drawings.scores, found)
