"""The directory of one study: settings, records and files, and the right to write them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.records import DirectoryLock, Journal, plain
from harness.study import Study
from harness.types import UserError

SUBFOLDERS = ("heads", "adapters", "videos", "logs")


class RunDirectory:
    """An open run directory, locked against a second driver until `close`."""

    def __init__(self, path: Path, study: Study, provenance: dict[str, Any]) -> None:
        """Create or continue `path`.

        Raises UserError where it cannot be written, is in use, or was made with other settings; nothing
        in it is touched then.
        """
        self.path = path.resolve()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock = DirectoryLock(self.path)
        except OSError as error:
            raise UserError(f"cannot write to {path}: {error.strerror}; choose another --out") from None
        try:
            saved = self._saved()
            check_same(self.path, saved, study)
        except UserError:
            self.lock.release()
            raise
        for folder in SUBFOLDERS:
            (self.path / folder).mkdir(exist_ok=True)
        self.episodes = Journal(self.path / "episodes.jsonl")
        self.adaptations = Journal(self.path / "adaptations.jsonl")
        self.episodes.repair()
        self.adaptations.repair()
        self._save(merged(saved, study), [*saved.get("sessions", []), provenance])

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

    def _saved(self) -> dict[str, Any]:
        file = self.path / "study.json"
        if file.exists():
            return dict(json.loads(file.read_text()))
        strangers = [entry.name for entry in self.path.iterdir() if entry.name != ".lock"]
        if strangers:
            raise UserError(
                f"{self.path} holds {sorted(strangers)[0]} and no study.json: not a run directory; "
                "choose another --out"
            )
        return {}

    def _save(self, settings: dict[str, Any], sessions: list[dict[str, Any]]) -> None:
        text = json.dumps(plain(settings | {"sessions": sessions}), indent=2)
        partial = self.path / f".study.{os.getpid()}.part"
        partial.write_text(text + "\n")
        partial.replace(self.path / "study.json")


def default_path(study: Study) -> Path:
    """results/runs/<readable settings>-<hash of all of them>: the same command finds it again."""
    identity = json.dumps(plain(study.identity()), sort_keys=True)
    name = f"{study.suite}.{study.policy}.d{study.demos}.n{study.steps}.r{study.replan}"
    name = re.sub(r"[^\w.-]+", "-", name)
    root = Path(__file__).resolve().parent.parent / "results" / "runs"
    return root / f"{name}-{sha256(identity.encode()).hexdigest()[:8]}"


def check_same(path: Path, saved: dict[str, Any], study: Study) -> None:
    """Raise UserError that shows every setting in which a saved study differs from `study`."""
    if not saved:
        return
    wanted = plain(study.identity())
    differences = [
        f"{name} {saved.get(name)!r} there, {value!r} now"
        for name, value in wanted.items()
        if saved.get(name) != value
    ]
    if differences:
        raise UserError(
            f"{path} was made with other settings ({'; '.join(differences)}); "
            "choose another --out or repeat its settings"
        )


def merged(saved: dict[str, Any], study: Study) -> dict[str, Any]:
    """The study's settings, grown by what the directory holds from earlier commands."""
    settings = asdict(study)
    for name in ("methods", "task_ids", "seeds", "variations"):
        earlier = [item for item in saved.get(name, []) if item not in settings[name]]
        settings[name] = [*earlier, *settings[name]]
    settings["episodes"] = max(study.episodes, saved.get("episodes", 0))
    return settings
