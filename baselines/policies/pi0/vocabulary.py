"""The instruction words of LIBERO: read from the task file names that hf-libero installs."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from harness.core.errors import UserError

_SCENE = re.compile(r"^[A-Z_]+_SCENE\d+_")


def libero_instructions() -> list[str]:
    """The instruction of every task file of every suite, sorted.

    Reads file names only: importing the package could ask a question on standard input.
    """
    spec = importlib.util.find_spec("libero")
    roots = list(spec.submodule_search_locations or []) if spec else []
    files = [file for root in roots for file in Path(root).glob("libero/bddl_files/*/*.bddl")]
    if not files:
        raise UserError(
            "no LIBERO task files found; install hf-libero: pip install --no-deps hf-libero==0.1.4"
        )
    return sorted({_SCENE.sub("", file.stem).replace("_", " ") for file in files})
