"""Figures without a display, the same bytes at every time: as files, or in a page that is light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.core.errors import UserError
from harness.core.files import whole_file

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#8c6bb1", "#6b6b6b")
"""Okabe and Ito's colours, distinguishable for colour-blind readers, the yellow darkened for white paper."""

PHASE_COLOURS = (
    *("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00", "#bbbbbb"),
)
"""Paul Tol's light scheme (SRON technical note EPS-TN 09-002): none of them is the colour of a method."""

MARKERS, DASHES = "osD^vPX*", ("-", (0, (5, 2)), (0, (2, 2)), "-.", (0, (1, 3)), (0, (8, 3)))
"""Shapes differ where colours do."""

INK, SOFT, LINE = "#1b1f24", "#59636e", "#d8dee4"
"""Text, secondary text and grid lines on white paper; in a page they follow its theme."""

THEMED = {INK: "var(--ink, #1b1f24)", SOFT: "var(--soft, #59636e)", LINE: "var(--line, #d8dee4)"}

DARK = {"--ink": "#e6edf3", "--soft": "#9aa7b4", "--line": "#30363d"}
"""The same on a dark page."""

PIXELS = 96
"""Of an inch in a page: words below a figure are no wider than it."""

FAMILY = "system-ui, 'DejaVu Sans', sans-serif"

FORMATS = ("svg", "pdf", "png")

RC: dict[Any, Any] = {
    "font.size": 9.0,
    "svg.fonttype": "none",  # text stays text: small, searchable, read aloud
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5.0,
}


def figure(width: float, height: float, *, layout: bool = True) -> Figure:
    """An empty figure of so many inches; without `layout` for panels at places of their own."""
    with matplotlib.rc_context(RC):
        return Figure(figsize=(width, height), layout="constrained" if layout else None)


def panel(drawn: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place of a figure, in inches: for drawings whose size is known, where a layout takes time."""
    across, up = drawn.get_size_inches()
    with matplotlib.rc_context(RC):
        return drawn.add_axes((left / across, bottom / up, width / across, height / up))


def axes(drawn: Figure, columns: int = 1) -> list[Axes]:
    """Axes beside each other on a figure."""
    with matplotlib.rc_context(RC):
        return list(drawn.subplots(1, columns, squeeze=False)[0])


def style(order: Sequence[str], method: str) -> dict[str, Any]:
    """Colour, mark and line of a method by its place among all of a comparison: the same everywhere."""
    place = order.index(method)
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": DASHES[(place // len(COLOURS) + place) % len(DASHES)],
    }


def save(drawn: Figure, path: Path) -> Path:
    """Write a figure as its name's ending says (one of FORMATS), whole or not at all; returns `path`.

    Raises UserError for another ending, and where it cannot be written.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise UserError(f"{path} is no figure; valid endings: {', '.join(FORMATS)}; choose another name")
    content = svg(drawn, path.stem, "", standalone=True) if ending == "svg" else _bytes(drawn, ending)
    try:
        with whole_file(path) as partial:
            partial.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another place") from None
    return path


def svg(drawn: Figure, title: str, description: str, *, standalone: bool = False, unique: str = "") -> str:
    """A figure as SVG whose text and lines follow the theme around it: the same bytes at every time.

    `title` and `description` are for those who cannot see it; `unique` tells apart the ids of several figures
    of one page. A standalone one is a file with themes of its own.
    """
    with matplotlib.rc_context(RC | {"svg.hashsalt": unique or title}):
        text = _bytes(drawn, "svg").decode()
    text = _compact(text[text.index("<svg") :])
    for colour, themed in THEMED.items():
        text = text.replace(colour, themed)
    words = f"<title>{escape(title)}</title>" + (f"<desc>{escape(description)}</desc>" if description else "")
    head, _, body = text.partition(">")
    head = re.sub(r" (xmlns:xlink|version)=\"[^\"]*\"", "", head)
    head += f' role="img" style="font-family: {FAMILY}">'
    if standalone:
        return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{words}{_themes()}{body}'
    return f"{head}{words}{body}".rstrip()


def _compact(text: str) -> str:
    """matplotlib's SVG without metadata, comments, unused ids, repeated fonts and needless digits."""
    for pattern, instead in CLUTTER:
        text = pattern.sub(instead, text)
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), text)


CLUTTER = [
    (re.compile(pattern, flags=re.S), instead)
    for pattern, instead in (
        (r"<metadata>.*?</metadata>", ""),
        (r"\s*<!--.*?-->", ""),
        (r"(<g|<image)([^>]*?) id=\"[^\"]*\"", r"\1\2"),
        (r"(?<!base64,)\n\s*", " "),
        (r" ?transform=\"rotate\(-0 [^)]*\)\"", ""),
        (r"font: ([\d.]+px) '[^;\"]*", r"font-size: \1"),
        (r"font: (bold|700) ([\d.]+px) '[^;\"]*", r"font-weight: bold; font-size: \2"),
        (r"font-family: '[^;\"]*;? ?", ""),
        (r"> +<", "><"),
        (r" +([\"/])", r"\1"),
        (r"xlink:href", "href"),
    )
]


def in_page(drawn: Figure, title: str, caption: str, *, unique: str) -> str:
    """A figure as part of a page, with words below."""
    picture = svg(drawn, title, caption, unique=unique)
    wide = f'style="max-width: {PIXELS * drawn.get_size_inches()[0]:.0f}px"'
    return f"<figure {wide}>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _bytes(drawn: Figure, ending: str) -> bytes:
    """The file of a figure without a date; white paper behind what has no theme."""
    metadata: Mapping[str, None] = {
        "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
        "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
        "png": {},
    }[ending]
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42}):
        drawn.savefig(file, format=ending, dpi=150, transparent=ending == "svg", metadata=dict(metadata))
    return file.getvalue()


def _themes() -> str:
    dark = "".join(f"{name}:{colour};" for name, colour in DARK.items())
    return f"<style>@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}</style>"
