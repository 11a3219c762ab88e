"""What is done, what is left and for how long: a board on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, TextIO

from harness.console.scoreboard import Scoreboard, plural
from harness.core.keys import EpisodeKey
from harness.core.terminal import one_line
from harness.engine.jobs import AdaptJob, DemoJob, Job, JobResult
from harness.engine.observer import Amounts
from harness.engine.scheduler import Event
from harness.forecast.costs import Costs

PLAIN_EVERY_S = 20.0
BOARD_EVERY_S = 0.5


class Progress:
    """Counts finished work of three kinds and foretells the rest from what it took so far."""

    def __init__(
        self,
        left: Amounts,
        costs: Costs,
        workers: int,
        scoreboard: Scoreboard | None = None,
        tasks: Mapping[int, str] | None = None,
        stream: TextIO | None = None,
    ) -> None:
        """`left` is what is to be done; `costs` are used until a kind of work has been measured.

        `scoreboard` has what earlier sessions recorded; `tasks` are names by id.
        """
        self.left, self.costs, self.workers = left, costs, workers
        self.stream = stream or sys.stderr
        self.scoreboard, self.tasks = scoreboard or Scoreboard({}), tasks or {}
        self.done: Counter[str] = Counter()
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._start = self._last = time.monotonic()
        self._board = Board(self.stream) if self.stream.isatty() else None

    def finished(self, job: Job, result: JobResult, events: Sequence[Event] = ()) -> None:
        """Count a job that ended and what was recorded for it."""
        kind = kind_of(job)
        self.spent[kind] += result.seconds
        for note in result.notes:
            self._print(f"note: {one_line(note)}")
        if isinstance(job, DemoJob):
            self.done[kind] += sum(attempt.success for attempt in result.value or ())
        for key, _ in events:
            self.done["episodes" if isinstance(key, EpisodeKey) else "adaptations"] += 1

    def judged(self, method: str, task_id: int, status: str) -> None:
        """Count an episode that was recorded."""
        self.scoreboard.add(method, task_id, status)

    def seconds_left(self) -> float:
        """Estimate from mean durations, as if the work left were spread evenly over the workers."""
        total = 0.0
        for kind, planned in self.left.by_kind().items():
            done = self.done[kind]
            each = self.spent[kind] / done if done else self.costs.of(kind)
            total += max(0, planned - done) * each
        return total / self.workers

    def show(self, note: str = "") -> None:
        """Refresh the board, or print a line if the last one is old; `note` goes to its end."""
        every = BOARD_EVERY_S if self._board else PLAIN_EVERY_S
        if time.monotonic() - self._last < every:
            return
        self._last = time.monotonic()
        if self._board:
            self._board.show(f"{self.scoreboard.table(self.tasks)}\n\n{self.line(note)}")
        else:
            print(self.line(note), file=self.stream, flush=True)

    def _print(self, text: str) -> None:
        if self._board:
            self._board.print(text)
        else:
            print(text, file=self.stream, flush=True)

    def line(self, note: str = "") -> str:
        """All of it in one line."""
        planned = self.left.by_kind()
        counts = ", ".join(f"{kind} {self.done[kind]}/{planned[kind]}" for kind in planned if planned[kind])
        elapsed = time.monotonic() - self._start
        total = self.scoreboard.total()
        parts = [f"[{duration(elapsed)}] {counts}"]
        parts += [self.scoreboard.summary()] if total["success"] + total["failure"] else []
        parts += [plural(total["error"], "error")] if total["error"] else []
        parts += [f"{self.done['episodes'] / elapsed * 3600:.0f} episodes/h"] if self.done["episodes"] else []
        parts += [f"about {duration(self.seconds_left())} left"]
        parts += [note] if note else []
        return "; ".join(parts)

    def __enter__(self) -> Self:
        if self._board:
            self._board.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._board:
            self._board.__exit__()
        if error is None:
            print(self.line(), file=self.stream, flush=True)


class Board:
    """Text on a terminal that is drawn over itself, by rich. Use as a context manager."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(file=stream), auto_refresh=False, transient=True)

    def show(self, text: str) -> None:
        """Replace what is shown."""
        from rich.text import Text

        self._live.update(Text(text), refresh=True)

    def print(self, text: str) -> None:
        """A line above what is shown, which stays."""
        self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def kind_of(job: Job) -> str:
    """The kind of work that a job is counted under."""
    if isinstance(job, DemoJob):
        return "demonstrations"
    return "adaptations" if isinstance(job, AdaptJob) else "episodes"


def duration(seconds: float) -> str:
    """`75` -> `1:15`, `4000` -> `1:06:40`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
