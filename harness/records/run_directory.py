"""The directory of one study: settings, records and files, and the right to write them."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.files import cannot_write, plain, sync, write_whole
from harness.core.paths import runs_dir
from harness.core.run_paths import RunPaths, check_format
from harness.core.schema import RECORD_FORMAT, merge
from harness.records.directory_lock import DirectoryLock
from harness.records.journal import EPISODE_FIELDS, Journal
from harness.study.study import Study


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
        Raises UserError where it cannot be written, is in use, was made with other settings or by another
        version, or holds damaged records; nothing in it is touched then.
        """
        self.path = path.resolve()
        self.paths = RunPaths(self.path)
        self.episodes, self.adaptations = Journal(self.paths.episodes), Journal(self.paths.adaptations)
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
            self._prepare(merge(saved, study), [*saved.get("sessions", []), session])
        except OSError as error:
            self.lock.release()
            raise cannot_write(self.path, error) from None
        except UserError:
            self.lock.release()
            raise

    def _prepare(self, settings: dict[str, Any], sessions: list[dict[str, Any]]) -> None:
        """Make folders, remove what a killed driver left half written, and save the settings."""
        for folder in self.paths.folders:
            folder.mkdir(exist_ok=True)
            for partial in folder.glob(".*"):
                partial.unlink()
        for partial in self.path.glob(f".*.{self.paths.settings.name}"):
            partial.unlink()
        self.episodes.repair()
        self.adaptations.repair()
        text = json.dumps(plain({"format": RECORD_FORMAT} | settings | {"sessions": sessions}), indent=2)
        write_whole(self.paths.settings, text + "\n")
        sync(self.path)

    def for_retention(self, untrained: Iterable[str]) -> RunDirectory:
        """This directory with the records of retention in place of its episodes.

        `untrained` are ids of adaptations that need no training to be ready.
        """
        view = copy.copy(self)
        view.episodes = Journal(self.paths.retention)
        view.episodes.repair()
        view.recorded = view.episodes.statuses("episode_id", once=True)
        view.adapted = self.adaptations.statuses("adapt_id", once=False) | dict.fromkeys(untrained, "done")
        return view

    def close(self) -> None:
        """Let another driver in."""
        self.lock.release()


def read_settings(path: Path) -> dict[str, Any]:
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
        saved = json.loads(file.read_text())
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error}); mend it, or start afresh with --restart") from None
    if not isinstance(saved, dict) or not isinstance(saved.get("sessions", []), list):
        raise UserError(f"{file} does not hold the settings of a study; start afresh with --restart")
    check_format(path, saved.pop("format", RECORD_FORMAT))
    return saved


def archive(path: Path) -> Path | None:
    """Rename an existing run directory to the first free `<name>.1`, `.2` ...; returns its new path.

    Raises UserError where it is in use, is no run directory or cannot be renamed.
    """
    path = path.resolve()
    if not path.exists():
        return None
    try:
        with DirectoryLock(path):
            if not RunPaths(path).settings.exists():
                read_settings(path)
                return None
            numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
            archived = next(candidate for candidate in numbered if not candidate.exists())
            path.rename(archived)
    except OSError as error:
        raise UserError(f"cannot archive {path}: {error.strerror}; choose another --out") from None
    return archived


def default_path(study: Study) -> Path:
    """A readable name with a hash of all settings: the same command finds it again."""
    identity = json.dumps(plain(study.identity()), sort_keys=True)
    asked, replan = study.adaptation, study.evaluation.replan_steps
    name = f"{study.simulation.suite}.{study.policy.name}.d{asked.demos}.n{asked.steps}.r{replan}"
    name = re.sub(r"[^\w.-]+", "-", name)
    return runs_dir() / f"{name}-{sha256(identity.encode()).hexdigest()[:8]}"


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
