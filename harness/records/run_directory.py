"""The directory of one study: settings, records and files, and the right to write them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.files import cannot_write, sync, write_whole
from harness.core.run_paths import RunPaths
from harness.records import settings_file
from harness.records.directory_lock import DirectoryLock
from harness.records.journal import ADAPTATION_FIELDS, EPISODE_FIELDS, Journal
from harness.study.study import Study


class RunDirectory:
    """An open run directory, locked against a second driver until `close`."""

    def __init__(
        self,
        path: Path,
        study: Study,
        session: Callable[[], dict[str, Any]],
        opened: Callable[[int], None] = lambda recorded: None,
        *,
        restart: bool = False,
    ) -> None:
        """Create or continue `path`; what `session` returns is kept with the settings.

        With `restart` what is there is archived first. `opened` is called with the number of lines recorded,
        before they are read and `session` is called, which may take a while.
        Raises UserError where it cannot be written, is in use, was made with other settings or by another
        version, or holds damaged records; nothing in it is touched then.
        """
        self.path = path.resolve()
        self.archived = archive(self.path) if restart else None
        """Where an earlier run of the same directory was moved to."""
        self.paths = RunPaths(self.path)
        self.episodes, self.adaptations = Journal(self.paths.episodes), Journal(self.paths.adaptations)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock = DirectoryLock(self.path)
        except OSError as error:
            raise UserError(f"cannot write to {path}: {error.strerror}; choose another --out") from None
        try:
            saved = settings_file.matching(self.path, study)
            opened(self.episodes.lines())
            settings = settings_file.continued(saved, study, session())
            self.recorded = self.episodes.statuses("episode_id", once=True, fields=EPISODE_FIELDS)
            """Status of every recorded episode, by its id."""
            self.adapted = self.adaptations.statuses("adapt_id", once=False, fields=ADAPTATION_FIELDS)
            self._prepare(settings)
        except OSError as error:
            self.lock.release(refused=True)
            raise cannot_write(self.path, error) from None
        except UserError:
            self.lock.release(refused=True)
            raise

    def _prepare(self, settings: str) -> None:
        """Make folders, remove what a killed driver left half written, and save the settings."""
        for folder in self.paths.folders:
            folder.mkdir(exist_ok=True)
            for entry in folder.iterdir():
                if entry.is_dir():
                    raise UserError(f"{entry} is a folder, where only files belong; move it away")
                if entry.name.startswith("."):
                    entry.unlink()
        for partial in self.path.glob(f".*.{self.paths.settings.name}"):
            partial.unlink()
        self.episodes.repair()
        self.adaptations.repair()
        write_whole(self.paths.settings, settings)
        sync(self.path)

    def trained(self) -> set[str]:
        """Ids of the adaptations that worked, those of this session included."""
        ended = self.adaptations.statuses("adapt_id", once=False)
        return {adapt_id for adapt_id, status in ended.items() if status == "done"}

    def adapters(self) -> dict[str, object]:
        """SHA-256 of the adapter of every adaptation that worked, as recorded last."""
        rows = self.adaptations.rows()
        return {row["adapt_id"]: row.get("adapter_sha256") for row in rows if row["status"] == "done"}

    def for_retention(self, untrained: Iterable[str]) -> RunDirectory:
        """This directory with the records of retention in place of its episodes.

        `untrained` are ids of adaptations that need no training to be ready.
        """
        view = copy.copy(self)
        view.episodes = Journal(self.paths.retention)
        view.episodes.repair()
        view.recorded = view.episodes.statuses("episode_id", once=True, fields=EPISODE_FIELDS)
        view.adapted = dict.fromkeys([*self.trained(), *untrained], "done")
        return view

    def close(self) -> None:
        """Let another driver in."""
        self.lock.release()


def archive(path: Path) -> Path | None:
    """Rename an existing run directory to the first free `<name>.1`, `.2` ...; returns its new path.

    Raises UserError where it is in use, is no run directory or cannot be renamed.
    """
    if not path.exists():
        return None
    try:
        with DirectoryLock(path):
            if not settings_file.read(path):
                return None
            numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
            archived = next(candidate for candidate in numbered if not candidate.exists())
            path.rename(archived)
    except OSError as error:
        raise UserError(f"cannot archive {path}: {error.strerror}; choose another --out") from None
    return archived
