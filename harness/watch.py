"""Watch a study while it runs: `python -m harness.watch RUN`. Reads its records, disturbs nothing."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.console.progress import Board, duration
from harness.console.scoreboard import Scoreboard, plural
from harness.core import registry
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import path
from harness.core.record_lines import parsed
from harness.core.run_paths import RunPaths
from harness.core.schema import setting
from harness.records import settings_file
from harness.records.directory_lock import is_locked

EVERY_S = 1.0

RECENT = 200
"""Episodes from which the pace is taken."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    run: Path | None = setting(
        "run directory of harness.run", None, format=path("RUN"), positional=True, required=True
    )
    once: bool = setting("print how it stands and leave", False)


class Watcher:
    """Follows the records of a run as they grow."""

    def __init__(self, run: Path) -> None:
        """Raises UserError where `run` is no run directory."""
        self.run = run
        if not RunPaths(run).settings.exists():
            raise UserError(f"{run} is no run directory; give one of harness.run, which holds a study.json")
        settings = settings_file.read(run)
        self.session: Mapping[str, Any] = settings["sessions"][-1]
        # A suite that was found by reference is not looked for: a run directory of somebody else must not
        # decide what is imported here. Its tasks go without their instructions.
        known = settings["suite"] in registry.names("suite")
        tasks = registry.find("suite", settings["suite"]).tasks if known else ()
        self.names = {task.task_id: task.instruction for task in tasks}
        self.ended: list[float] = []
        """When the last episodes ended, seconds; clock of the machine that recorded them."""
        self._read = 0
        self._status: dict[str, tuple[str, int, str]] = {}

    def update(self) -> None:
        """Read what was added since the last call; a line without an end is left for the next one."""
        path = RunPaths(self.run).episodes
        if not path.exists():
            return
        if not path.is_file():
            raise UserError(f"{path} is no file; remove it")
        with path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        for line in data[:whole].splitlines():
            self._add(line)
        self._read += whole

    def _add(self, line: bytes) -> None:
        try:
            row = parsed(line)
            if not isinstance(row, dict):
                raise TypeError
            self._status[row["episode_id"]] = (row["method"], row["task_id"], row["status"])
            self.ended = [*self.ended[-RECENT:], datetime.fromisoformat(row["ended"]).timestamp()]
        except (ValueError, KeyError, TypeError):
            raise UserError(
                f"{RunPaths(self.run).episodes} holds a line that is no episode: {line[:60]!r}; "
                "harness.run names its number"
            ) from None

    @property
    def scoreboard(self) -> Scoreboard:
        """Every episode once, with its last outcome."""
        planned = {
            (method, int(task)): count
            for method, tasks in self.session.get("planned", {}).items()
            for task, count in tasks.items()
        }
        scoreboard = Scoreboard(planned)
        for method, task_id, status in self._status.values():
            scoreboard.add(method, task_id, status)
        return scoreboard

    def screen(self, running: bool) -> str:
        """The board: a table, and a line with the pace and the time left."""
        scoreboard = self.scoreboard
        done = Counter({cell: count.total() for cell, count in scoreboard.counts.items()})
        left = (scoreboard.planned - done).total()
        total = scoreboard.total()
        parts = [
            "running" if running else "not running",
            f"{total.total()} of {total.total() + left} episodes",
        ]
        parts += [plural(total["error"], "error")] if total["error"] else []
        if each := pace(self.ended, str(self.session.get("started", ""))):
            parts.append(f"{3600 / each:.0f} episodes/h")
            parts += [f"about {duration(left * each)} left"] if running and left else []
        return f"{scoreboard.table(self.names)}\n\n{self.run.name}: {'; '.join(parts)}"


def pace(ended: Sequence[float], started: str) -> float:
    """Seconds from one episode of this session to the next; 0 where the clocks do not tell."""
    since = datetime.fromisoformat(started).timestamp() if started else float("-inf")
    times = [moment for moment in ended if moment >= since]
    span = times[-1] - times[0] if times else 0.0
    return span / (len(times) - 1) if span > 0 else 0.0


@command
def main(argv: Sequence[str] | None) -> int:
    """Show the board until the study ends; returns the exit status."""
    try:
        options = parse(
            Options(),
            argv,
            prog="harness.watch",
            description="Watch a running study; Ctrl-C leaves it alone.",
        )
        assert options.run is not None
        watch(Watcher(options.run), options.once or not sys.stdout.isatty())
    except KeyboardInterrupt:
        pass
    return 0


def watch(watcher: Watcher, once: bool) -> None:
    """Refresh until nobody holds the run, then print how it stands."""
    watcher.update()
    if not once:
        with Board(sys.stdout) as board:
            while is_locked(watcher.run):
                watcher.update()
                board.show(watcher.screen(running=True))
                time.sleep(EVERY_S)
        watcher.update()
    print(watcher.screen(is_locked(watcher.run)))


if __name__ == "__main__":
    sys.exit(main())
