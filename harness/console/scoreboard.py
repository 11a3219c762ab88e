"""How a study stands: outcomes by method and task, as a table for people who watch it run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

MAX_ROWS = 12
"""Tasks shown one by one; of more, those that are under way."""


class Scoreboard:
    """Counts outcomes; errors are apart, they count neither as success nor as failure."""

    def __init__(
        self, planned: Mapping[tuple[str, int], int], judged: Iterable[tuple[str, int, str]] = ()
    ) -> None:
        """`planned` is the number of episodes by method and task, `judged` has those that are recorded."""
        self.planned = Counter(planned)
        self.counts: dict[tuple[str, int], Counter[str]] = {cell: Counter() for cell in planned}
        for method, task_id, status in judged:
            self.add(method, task_id, status)

    def add(self, method: str, task_id: int, status: str) -> None:
        """Count one episode."""
        self.counts.setdefault((method, task_id), Counter())[status] += 1

    @property
    def methods(self) -> list[str]:
        """In the order of the study."""
        return list(dict.fromkeys(method for method, _ in self.counts))

    def of(self, method: str) -> Counter[str]:
        """Outcomes of one method over all tasks."""
        return sum((count for (name, _), count in self.counts.items() if name == method), Counter[str]())

    def total(self) -> Counter[str]:
        """Outcomes of all episodes."""
        return sum(self.counts.values(), Counter[str]())

    def summary(self) -> str:
        """Success of every method so far: `frozen 4%, steer 61%`."""
        return ", ".join(f"{method} {rate(self.of(method))}" for method in self.methods)

    def table(self, names: Mapping[int, str]) -> str:
        """One row a task, one column a method, and a row for all tasks; `names` of tasks by id."""
        tasks = sorted({task_id for _, task_id in self.counts})
        shown = tasks if len(tasks) <= MAX_ROWS else [task for task in tasks if self._under_way(task)]
        rows = [["task", *self.methods]]
        for task_id in shown[:MAX_ROWS]:
            label = f"{task_id} {names.get(task_id, '')}"[:48]
            rows.append([label, *(self._cell(method, task_id) for method in self.methods)])
        rows.append([f"all {len(tasks)} tasks", *(overall(self.of(method)) for method in self.methods)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(_padded(row, widths)).rstrip() for row in rows)

    def _under_way(self, task_id: int) -> bool:
        cells = [cell for cell in self.counts if cell[1] == task_id]
        done = sum(self.counts[cell].total() for cell in cells)
        return 0 < done < sum(self.planned[cell] for cell in cells)

    def _cell(self, method: str, task_id: int) -> str:
        count = self.counts.get((method, task_id))
        if count is None:
            return ""
        planned = self.planned[method, task_id]
        text = f"{count['success']}/{judged(count)}"
        text += f" of {planned}" if count.total() < planned else ""
        return text + errors(count)


def judged(count: Counter[str]) -> int:
    """Episodes that ended as success or failure."""
    return count["success"] + count["failure"]


def rate(count: Counter[str]) -> str:
    """Share of successes, `-` before the first episode."""
    return f"{count['success'] / judged(count):.0%}" if judged(count) else "-"


def overall(count: Counter[str]) -> str:
    """Share and numbers: `61% 122/200`."""
    return f"{rate(count)} {count['success']}/{judged(count)}" + errors(count)


def errors(count: Counter[str]) -> str:
    """`, 2 errors` where there are any."""
    return f", {plural(count['error'], 'error')}" if count["error"] else ""


def plural(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" + "s" * (number != 1)


def _padded(row: list[str], widths: list[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
