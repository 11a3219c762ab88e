"""A comparison as one document: for a terminal, in Markdown, LaTeX or HTML."""

from __future__ import annotations

import html

from results.render import style, text_tables
from results.tables.comparison import Document, Table


def render(document: Document, form: str) -> str:
    """The whole document in one of the four forms."""
    return {"terminal": terminal, "markdown": markdown, "latex": latex, "html": page}[form](document)


def terminal(document: Document) -> str:
    """Aligned columns; notes under each table."""
    parts = []
    for table in document.tables:
        notes = "".join(f"\n  {note}" for note in table.notes)
        parts.append(f"{table.title}\n{text_tables.text(table.shown)}{notes}")
    return "\n\n".join(parts)


def markdown(document: Document) -> str:
    """A heading, a table and a list of notes each."""
    parts = []
    for table in document.tables:
        notes = "".join(f"\n- {note}" for note in table.notes)
        parts.append(f"### {table.title}\n\n{text_tables.markdown(table.shown)}{notes}\n")
    return "\n".join(parts)


def latex(document: Document) -> str:
    """A table environment each; needs booktabs."""
    parts = ["% needs \\usepackage{booktabs}\n"]
    for table in document.tables:
        caption = ". ".join([table.title, *table.notes]).translate(text_tables.LATEX)
        parts.append(
            f"\\begin{{table}}\n\\centering\n\\caption{{{caption}.}}\n\\label{{tab:{table.name}}}\n"
            f"{text_tables.latex(table.shown)}\\end{{table}}\n"
        )
    return "\n".join(parts)


def page(document: Document) -> str:
    """A page of its own with every table."""
    body = "".join(section(table) for table in document.tables)
    return style.page("Comparison", body)


def section(table: Table) -> str:
    """One table with its heading and notes, as a part of a page."""
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    return (
        f'<section id="{table.name}"><h2>{html.escape(table.title)}</h2>'
        f'<div class="scroll" tabindex="0">{text_tables.to_html(table.shown)}</div>'
        + (f'<ul class="notes">{notes}</ul>' if notes else "")
        + "</section>\n"
    )
