"""A comparison in one of the forms that `python -m harness.compare --format` offers, and as files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.core.errors import UserError
from harness.core.files import whole_file, write_whole
from results.render import html, text
from results.render.figures import canvas, curves
from results.tables.comparison import Comparison
from results.tables.table import Table

PRINTED = ("terminal", "markdown", "latex", "html")
FORMULA = tuple("=+-@\t\r")
"""Characters with which formulas begin."""

FILED = ("csv", "parquet")
"""One file a table."""


def render(comparison: Comparison, form: str, *, colour: bool = False) -> str:
    """Every table in one of the `PRINTED` forms; `colour` on a terminal only."""
    if form == "terminal":
        return text.terminal(comparison.tables, colour=colour)
    if form == "markdown":
        return text.markdown(comparison.tables)
    return text.latex(comparison.tables) if form == "latex" else html.page("Comparison", comparison.tables)


def save(comparison: Comparison, folder: Path, ending: str) -> list[Path]:
    """One CSV or Parquet file a table; returns them. Raises UserError where it cannot be written."""
    if ending == "parquet":
        _need_parquet()
    try:
        return [_save(table, folder / f"{table.name}.{ending}") for table in comparison.tables]
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from None


def save_in_run(comparison: Comparison) -> list[Path]:
    """Beside the records of the only run: tables as CSV, those that people read as Markdown, losses drawn.

    Raises UserError where it cannot be written.
    """
    (run,) = comparison.records.runs
    written = save(comparison, run.path, "csv")
    for table in comparison.tables:
        if table.printed:
            written.append(run.path / f"{table.name}.md")
            try:
                write_whole(written[-1], text.markdown([table]))
            except OSError as error:
                raise UserError(f"cannot write {written[-1]}: {error.strerror}; make room for it") from None
    if "losses" in comparison:
        figure = curves.losses(comparison["losses"], comparison.records.methods)
        written += [canvas.save(figure, run.path / f"losses.{ending}") for ending in ("png", "svg")]
    return written


def _save(table: Table, path: Path) -> Path:
    with whole_file(path) as partial:
        if path.suffix == ".csv":
            without_formulas(table.frame).to_csv(partial, index=False)
        else:
            table.frame.to_parquet(partial, index=False)
    return path


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with an apostrophe before text that a spreadsheet would take for a formula."""
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.assign(**{str(name): frame[name].map(_harmless) for name in texts})


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULA and value[1:] else value


def _need_parquet() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise UserError(
            "--format parquet needs pyarrow, which is not installed; pip install pyarrow, or use --format csv"
        ) from None
