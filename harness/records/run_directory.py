"""The directory of one study: settings, records and files, and the right to write them."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from dataclasses import MISSING, asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.files import cannot_write, plain, sync
from harness.core.schema import RECORD_FORMAT
from harness.records.directory_lock import DirectoryLock
from harness.records.journal import EPISODE_FIELDS, Journal
from harness.study.study import Study

SUBFOLDERS = ("heads", "adapters", "videos", "logs")


class RunDirectory:
    """An open run directory, locked against a second driver until `close`."""

    def __init__(
        self,
        path: Path,
        study: Study,
        session: dict[str, Any],
        opened: Callable[[int], None] = lambda recorded: None,
    ) -> None:
        """Create or continue `path`; `session` is kept with the settings (see harness.records.provenance).

        `opened` is called with the number of lines recorded, before they are read, which may take a while.
        Raises UserError where it cannot be written, is in use, was made with other settings or by a newer
        version, or holds damaged records; nothing in it is touched then.
        """
        self.path = path.resolve()
        self.episodes = Journal(self.path / "episodes.jsonl")
        self.adaptations = Journal(self.path / "adaptations.jsonl")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock = DirectoryLock(self.path)
        except OSError as error:
            raise UserError(f"cannot write to {path}: {error.strerror}; choose another --out") from None
        try:
            saved = read_settings(self.path)
            check_same(self.path, saved, study)
            opened(self.episodes.lines())
            self.recorded = self.episodes.statuses("episode_id", once=True, fields=EPISODE_FIELDS)
            """Status of every recorded episode, by its id."""
            self.adapted = self.adaptations.statuses("adapt_id", once=False)
            self._prepare(merged(saved, study), [*saved.get("sessions", []), session])
        except OSError as error:
            self.lock.release()
            raise cannot_write(self.path, error) from None
        except UserError:
            self.lock.release()
            raise

    def _prepare(self, settings: dict[str, Any], sessions: list[dict[str, Any]]) -> None:
        """Make folders, mend what a killed driver left and save the settings."""
        for folder in SUBFOLDERS:
            (self.path / folder).mkdir(exist_ok=True)
            for partial in (self.path / folder).glob(".*"):
                partial.unlink()
        for partial in self.path.glob(".study.*.part"):
            partial.unlink()
        self.episodes.repair()
        self.adaptations.repair()
        text = json.dumps(plain({"format": RECORD_FORMAT} | settings | {"sessions": sessions}), indent=2)
        partial = self.path / f".study.{os.getpid()}.part"
        partial.write_text(text + "\n")
        sync(partial)
        partial.replace(self.path / "study.json")
        sync(self.path)

    def adapter(self, adapt_id: str) -> Path:
        """File of the trained weights."""
        return self.path / "adapters" / f"{adapt_id}.safetensors"

    def heads(self, adapt_id: str) -> Path:
        """File of the selected heads."""
        return self.path / "heads" / f"{adapt_id}.json"

    def log(self, adapt_id: str) -> Path:
        """File to which the training loss is written, one JSON line now and then."""
        return self.path / "logs" / f"{adapt_id}.jsonl"

    def video(self, method: str, task_id: int, status: str) -> Path:
        """Film of the first episode of a task that ended so."""
        return self.path / "videos" / f"{method}.t{task_id}.{status}.mp4"

    def varied_video(self, method: str, variation: str, level: int) -> Path:
        """Film of the first episode of a variation and level, however it ended."""
        return self.path / "videos" / f"{method}.{variation.replace(':', '')}{level}.mp4"

    def close(self) -> None:
        """Let another driver in."""
        self.lock.release()


def read_settings(path: Path) -> dict[str, Any]:
    """The settings and sessions of a run directory, empty for a new one; nothing is written.

    Raises UserError where something else is in it, or what is there cannot be understood.
    """
    file = path / "study.json"
    if not file.exists():
        strangers = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
        if strangers:
            raise UserError(
                f"{path} holds {sorted(strangers)[0]} and no study.json: not a run directory; "
                "choose another --out"
            )
        return {}
    try:
        saved = json.loads(file.read_text())
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error}); mend it, or start afresh with --new") from None
    if not isinstance(saved, dict) or not isinstance(saved.get("sessions", []), list):
        raise UserError(f"{file} does not hold the settings of a study; start afresh with --new")
    found = saved.pop("format", RECORD_FORMAT)
    if not isinstance(found, int) or found > RECORD_FORMAT:
        raise UserError(
            f"{path} was written by a newer version (format {found}, this one knows {RECORD_FORMAT}); "
            "update the harness or choose another --out"
        )
    return saved


def set_aside(path: Path) -> Path | None:
    """Rename an existing run directory to the first free `<name>.1`, `.2` ...; returns its new place.

    Raises UserError where it is in use, is no run directory or cannot be renamed.
    """
    path = path.resolve()
    if not path.exists():
        return None
    try:
        with DirectoryLock(path):
            if not (path / "study.json").exists():
                read_settings(path)
                return None
            numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
            place = next(candidate for candidate in numbered if not candidate.exists())
            path.rename(place)
    except OSError as error:
        raise UserError(f"cannot set {path} aside: {error.strerror}; choose another --out") from None
    return place


def default_path(study: Study) -> Path:
    """results/runs/<readable settings>-<hash of all of them>: the same command finds it again."""
    identity = json.dumps(plain(study.identity()), sort_keys=True)
    name = f"{study.suite}.{study.policy}.d{study.demos}.n{study.steps}.r{study.replan}"
    name = re.sub(r"[^\w.-]+", "-", name)
    root = Path(__file__).resolve().parents[2] / "results" / "runs"
    return root / f"{name}-{sha256(identity.encode()).hexdigest()[:8]}"


def check_same(path: Path, saved: dict[str, Any], study: Study) -> None:
    """Raise UserError that shows every setting in which a saved study differs from `study`."""
    if not saved:
        return
    wanted = plain(study.identity())
    # What an older version did not know was as it is by default.
    there = {field.name: field.default for field in fields(study) if field.default is not MISSING} | saved
    differences = [
        f"{name} {there.get(name)!r} there, {value!r} now"
        for name, value in wanted.items()
        if there.get(name) != value
    ]
    if differences:
        raise UserError(
            f"{path} was made with other settings ({'; '.join(differences)}); "
            "repeat its settings, choose another --out, or start afresh with --new"
        )


def merged(saved: dict[str, Any], study: Study) -> dict[str, Any]:
    """The study's settings, grown by what the directory holds from earlier commands."""
    settings = asdict(study)
    for name in ("methods", "task_ids", "seeds", "variations"):
        earlier = [item for item in saved.get(name, []) if item not in settings[name]]
        settings[name] = [*earlier, *settings[name]]
    settings["episodes"] = max(study.episodes, saved.get("episodes", 0))
    return settings
