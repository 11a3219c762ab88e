"""study.json of a run directory: what was asked for, and the sessions that worked on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.files import content, plain
from harness.core.record_lines import parsed
from harness.core.run_paths import RunPaths, check_format
from harness.core.schema import RECORD_FORMAT, merge
from harness.study.study import Study


def matching(path: Path, study: Study) -> dict[str, Any]:
    """What study.json of the run directory `path` holds, where `study` may go on.

    Raises UserError where it was made with other settings, see also `read`.
    """
    saved = read(path)
    check_same(path, saved, study)
    return saved


def continued(saved: dict[str, Any], study: Study, session: dict[str, Any]) -> str:
    """What study.json that held `saved` shall hold when `study` goes on there, as text."""
    sessions = [*saved.get("sessions", []), session]
    settings = {"format": RECORD_FORMAT} | merge(saved, study) | {"sessions": sessions}
    return json.dumps(plain(settings), indent=2) + "\n"


def read(path: Path) -> dict[str, Any]:
    """The settings and sessions of a run directory, empty for a new one; nothing is written.

    Raises UserError where something else is in it, or what is there cannot be understood.
    """
    file = RunPaths(path).settings
    if not file.exists():
        others = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
        if others:
            raise UserError(
                f"{path} holds {sorted(others)[0]} and no study.json: not a run directory; "
                "choose another --out"
            )
        return {}
    try:
        saved = parsed(content(file))
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error}); mend it, or start afresh with --restart") from None
    if not isinstance(saved, dict) or not isinstance(saved.get("sessions", []), list):
        raise UserError(f"{file} does not hold the settings of a study; start afresh with --restart")
    check_format(path, saved.pop("format", RECORD_FORMAT))
    return saved


def check_same(path: Path, saved: dict[str, Any], study: Study) -> None:
    """Raise UserError that shows every setting in which a saved study differs from `study`."""
    differences = [
        f"{name} {saved.get(name)!r} there, {value!r} now"
        for name, value in plain(study.identity()).items()
        if saved and saved.get(name) != value
    ]
    if differences:
        raise UserError(
            f"{path} was made with other settings ({'; '.join(differences)}); "
            "repeat its settings, choose another --out, or start afresh with --restart"
        )
