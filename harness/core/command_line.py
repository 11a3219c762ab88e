"""What command lines have in common."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from harness.core.errors import UserError

MAX_DEFAULT_WORKERS = 8
"""Every worker holds a simulator and a policy, about 0.7 GB: more are started only when asked for."""


class Parser(argparse.ArgumentParser):
    """Argument parser whose complaints are one line, like every other complaint about input."""

    def error(self, message: str) -> NoReturn:
        """Raise UserError instead of printing the usage and leaving."""
        raise UserError(f"{message}; see python -m {self.prog} --help")


def default_workers() -> int:
    """One worker a usable CPU, up to a cap."""
    return min(len(os.sched_getaffinity(0)), MAX_DEFAULT_WORKERS)


def at_least(minimum: int) -> Callable[[str], int]:
    """Argument type: a whole number not below `minimum`."""

    def convert(text: str) -> int:
        if not text.lstrip("+-").isdecimal() or int(text) < minimum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {minimum}")
        return int(text)

    return convert


def rate(text: str) -> float:
    """Argument type: a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate from 0 to 1")
    return value


def add_reading(parser: argparse.ArgumentParser) -> None:
    """What every command that reads finished runs takes."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run directories of harness.run")
    parser.add_argument("--target", type=rate, metavar="RATE", help="also what reaching this success costs")
    parser.add_argument("--no-published", action="store_true", help="leave out the results of others")
    parser.add_argument(
        "--allow-mixed", action="store_true", help="compare episodes that did not run on the same thing"
    )
