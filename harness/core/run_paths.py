"""Where a run directory keeps what, for those who write it and those who read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import UserError
from harness.core.schema import RECORD_FORMAT

FOLDERS = ("heads", "adapters", "videos", "logs")


FILE_PART = re.compile(r"(?!.*\.\.)[^./\\\s][^/\\]{0,249}")


def is_file_part(name: str) -> bool:
    """Whether files may be called by this name: it leads nowhere else and can be printed."""
    return bool(FILE_PART.fullmatch(name)) and name.isprintable()


@dataclass(frozen=True)
class RunPaths:
    """Files and folders below `path`. Nothing is opened or made."""

    path: Path

    @property
    def settings(self) -> Path:
        """Settings of the study and its sessions, JSON."""
        return self.path / "study.json"

    @property
    def episodes(self) -> Path:
        """One JSON line an episode."""
        return self.path / "episodes.jsonl"

    @property
    def adaptations(self) -> Path:
        """One JSON line an adaptation."""
        return self.path / "adaptations.jsonl"

    @property
    def retention(self) -> Path:
        """One JSON line an episode on tasks of the policy's pretraining, which no table mixes with others."""
        return self.path / "retention.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the driver that writes."""
        return self.path / ".lock"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Everything but the records."""
        return tuple(self.path / name for name in FOLDERS)

    def adapter(self, adapt_id: str) -> Path:
        """The trained weights of an adaptation."""
        return self._below("adapters", f"{adapt_id}.safetensors")

    def heads(self, adapt_id: str) -> Path:
        """The heads that were selected for an adaptation."""
        return self._below("heads", f"{adapt_id}.json")

    def beside_heads(self, name: str) -> Path:
        """A figure or table of the heads that were selected."""
        return self._below("heads", name)

    def log(self, adapt_id: str) -> Path:
        """The training loss of an adaptation, one JSON line now and then."""
        return self._below("logs", f"{adapt_id}.jsonl")

    def video(self, method: str, task_id: int, status: str) -> Path:
        """Film of the first episode of a task that ended so."""
        return self._below("videos", f"{method}.t{task_id}.{status}.mp4")

    def varied_video(self, method: str, condition: str) -> Path:
        """Film of a method's first episode under a variation (`EpisodeKey.condition`), however it ended."""
        return self._below("videos", f"{method}.{condition}.mp4")

    def _below(self, folder: str, name: str) -> Path:
        """A file of the run. Raises UserError for a name, or a link, that leads out of the run directory."""
        place = self.path / folder
        if not is_file_part(name) or place.is_symlink() or (place / name).is_symlink():
            raise UserError(f"{place / name} leads out of the run directory; remove the link or the record")
        return place / name


def check_format(path: Path, written: object) -> None:
    """Raise UserError where another version wrote the records in `path`."""
    if written == RECORD_FORMAT:
        return
    newer = not isinstance(written, int) or written > RECORD_FORMAT
    raise UserError(
        f"{path} was written by {'a newer' if newer else 'an earlier'} version (format {written}, this one "
        f"knows {RECORD_FORMAT}); use that version or choose another --out"
    )
