"""How values are written on a command line: what is read, within which range, and what is refused.

A format reads one word. What it refuses raises ValueError with the bad value and the valid ones; no format
reads an empty word, control characters, digits other than 0 to 9, or a number that is not finite.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 10**9
"""What is counted is no more than this where nothing says less."""

LONGEST = 4096
"""Characters of a word: the longest path that Linux takes."""

MOST_PIXELS = 4096
"""Of the side of an image."""

ASSET_PACKS = ("original", "hub")
"""Packs that are known by name (benchmarks.assets)."""


@dataclass(frozen=True)
class Format:
    """How a value is written on a command line."""

    metavar: str
    read: Callable[[str], Any]
    """Text -> value; raises ValueError that says what is wrong with the text."""
    write: Callable[[Any], str] = str


def whole(minimum: int, maximum: int = MOST) -> Format:
    """A whole number in a range, ends included."""
    valid = f"a whole number of at least {minimum} and at most {maximum}"

    def read(text: str) -> int:
        digits = re.fullmatch(r"[+-]?[0-9]{1,18}", text)
        if not digits or not minimum <= int(text) <= maximum:
            raise ValueError(f"{shown(text)} is not {valid}")
        return int(text)

    return Format("N", read)


def whole_numbers(minimum: int, maximum: int = MOST) -> Format:
    """Whole numbers in a range between commas -> tuple."""
    one = whole(minimum, maximum)

    def read(text: str) -> tuple[int, ...]:
        return tuple(one.read(part.strip()) for part in text.split(","))

    return Format("N,...", read, lambda values: ",".join(map(str, values)))


def number(above: float | None = None, least: float = -math.inf, most: float = math.inf) -> Format:
    """A finite number, more than `above` where that is given, from `least` to `most`."""
    valid = "a number" + (f" above {above:g}" if above is not None else "")
    valid += f" of at least {least:g}" if least > -math.inf else ""
    valid += f" and at most {most:g}" if most < math.inf else ""

    def read(text: str) -> float:
        value = decimal(text)
        outside = (above is not None and value <= above) or not least <= value <= most
        if not math.isfinite(value) or outside:
            raise ValueError(f"{shown(text)} is not {valid}")
        return value

    return Format("X", read, lambda value: f"{value:g}")


def rate() -> Format:
    """A number from 0 to 1."""

    def read(text: str) -> float:
        if not 0.0 <= (value := decimal(text)) <= 1.0:
            raise ValueError(f"{shown(text)} is not a rate from 0 to 1")
        return value

    return Format("RATE", read)


def decimal(text: str) -> float:
    """The number that `text` writes; not-a-number where it writes none."""
    try:
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def choice(*valid: str) -> Format:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in valid:
            raise ValueError(f"{shown(text)} is none of {', '.join(valid)}")
        return text

    return Format("{" + ",".join(valid) + "}", read)


def listed(metavar: str = "LIST") -> Format:
    """Words between commas -> tuple."""

    def read(text: str) -> tuple[str, ...]:
        return tuple(word(part.strip()) for part in text.split(","))

    return Format(metavar, read, ",".join)


def word(text: str) -> str:
    """`text` itself. Raises ValueError where it is empty, too long or cannot be printed."""
    if not text:
        raise ValueError("an empty word is no value")
    if not text.isprintable() or len(text) > LONGEST:
        raise ValueError(f"{shown(text)} is too long or has characters that cannot be printed")
    return text


def shown(text: str) -> str:
    """`text` in quotes, cut to what fits a line, control characters escaped."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _assets(text: str) -> str:
    # Path.is_dir raises for a name that is too long, Path.expanduser for a user that does not exist.
    if word(text) not in ASSET_PACKS and not os.path.isdir(os.path.expanduser(text)):
        raise ValueError(
            f"no assets {shown(text)}; known: {', '.join(ASSET_PACKS)}, or a directory of a pack"
        )
    return text


def _contrasts(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in text.split(","):
        first, colon, second = (each.strip() for each in part.partition(":"))
        if not (first and colon and second) or first == second or ":" in second or not text.isprintable():
            raise ValueError(
                f"{shown(part)} does not name two methods; write first:second, such as steer:lora"
            )
        found.append((word(first), word(second)))
    return tuple(found)


_HOST_AND_PORT = re.compile(r"(ray://)?[A-Za-z0-9_.:\[\]-]+:([0-9]{1,5})")


def _address(text: str) -> str:
    found = _HOST_AND_PORT.fullmatch(text)
    if text != "auto" and not (found and 0 < int(found[2]) < 2**16):
        raise ValueError(f"{shown(text)} is no address: give host:port, or auto for the one on this machine")
    return text


NUMBER = number()
TEXT = Format("NAME", word)
PATH = Format("PATH", lambda text: Path(word(text)))
CONTRASTS = Format(
    "A:B,...", _contrasts, lambda pairs: ",".join(f"{first}:{second}" for first, second in pairs)
)
"""Pairs of methods."""

DEFAULT_CONTRASTS = "(steer:lora, steer:steer-random, steer:lora-expert)"
ADDRESS = Format("ADDRESS", _address)
ASSETS = Format("PACK", _assets)


def path(metavar: str) -> Format:
    """A path, shown by another word."""
    return Format(metavar, PATH.read)
