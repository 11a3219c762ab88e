"""What is done, what is left and for how long: bars on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from types import TracebackType
from typing import Any, Self, TextIO

from harness.jobs import AdaptJob, DemoJob, EpisodeJob, Job, Outcome
from harness.plan import Amounts, Costs

PLAIN_EVERY_S = 20.0


class Progress:
    """Counts finished work of three kinds and foretells the rest from what it took so far."""

    def __init__(self, left: Amounts, costs: Costs, workers: int, stream: TextIO = sys.stderr) -> None:
        """`left` is what is to be done; `costs` are used until a kind of work has been measured."""
        self.left, self.costs, self.workers, self.stream = left, costs, workers, stream
        self.done: Counter[str] = Counter()
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.statuses: Counter[str] = Counter()
        self._start = self._last = time.monotonic()
        self._bars = _Bars(left) if stream.isatty() else None

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Count a job that ended."""
        kind, count = kind_of(job), len(job.seeds) if isinstance(job, DemoJob) else 1
        if isinstance(job, DemoJob):
            count = sum(attempt.success for attempt in outcome.value or ())
        self.done[kind] += count
        self.spent[kind] += outcome.seconds
        if isinstance(job, EpisodeJob):
            self.statuses[outcome.value.status if outcome.value else "error"] += 1

    def seconds_left(self) -> float:
        """Estimate from mean durations, as if the work left were spread evenly over the workers."""
        total = 0.0
        for kind, planned in self.left.by_kind().items():
            done = self.done[kind]
            each = self.spent[kind] / done if done else self.costs.of(kind)
            total += max(0, planned - done) * each
        return total / self.workers

    def show(self, note: str = "") -> None:
        """Refresh the bars, or print a line if the last one is old; `note` goes to its end."""
        if self._bars:
            self._bars.update(self.done, self.line(note))
        elif time.monotonic() - self._last >= PLAIN_EVERY_S:
            self._last = time.monotonic()
            print(self.line(note), file=self.stream, flush=True)

    def line(self, note: str = "") -> str:
        """All of it in one line."""
        planned = self.left.by_kind()
        counts = ", ".join(f"{kind} {self.done[kind]}/{planned[kind]}" for kind in planned if planned[kind])
        successes, judged = self.statuses["success"], self.statuses["success"] + self.statuses["failure"]
        parts = [f"[{duration(time.monotonic() - self._start)}] {counts}"]
        parts += [f"{successes / judged:.0%} successful"] if judged else []
        parts += [f"{self.statuses['error']} errors"] if self.statuses["error"] else []
        parts += [f"about {duration(self.seconds_left())} left"]
        parts += [note] if note else []
        return "; ".join(parts)

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()
        if error is None:
            print(self.line(), file=self.stream, flush=True)


class _Bars:
    """One bar for each kind of work and a line of text, drawn by rich on standard error."""

    def __init__(self, left: Amounts) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.description:<15}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, Any] = {
            kind: self._progress.add_task(kind, total=count, note="")
            for kind, count in left.by_kind().items()
            if count
        }

    def update(self, done: Counter[str], note: str) -> None:
        for kind, task in self._tasks.items():
            last = kind == list(self._tasks)[-1]
            self._progress.update(task, completed=done[kind], note=note.split("; ", 1)[-1] if last else "")

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()


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
