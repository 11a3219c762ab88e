"""Text from files and command lines on a terminal: it can neither move the cursor nor fill the screen."""

from __future__ import annotations

LONGEST_LINE = 2000
"""Characters of a complaint."""


def printable(text: str) -> str:
    """`text` with characters that would steer a terminal escaped; line breaks stay."""
    return text if text.isprintable() else "".join(map(_printable, text))


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """`text` as one line that can be printed, cut where it is too long."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 4]} ..."


def _printable(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return " " if character == "\t" else character.encode("unicode_escape", "backslashreplace").decode()
