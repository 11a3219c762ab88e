"""How much of what was asked for is recorded, and how much of it crashed: said above everything else."""

from __future__ import annotations

from collections import Counter

from results.records.runs import Records

FEW_ERRORS = 0.02
"""Share of a method's episodes up to which errors are left out without more words."""


def planned(records: Records) -> int:
    """Episodes that the commands of all runs set out to record, at least those that are recorded.

    A later command may have asked for other methods or more episodes: of each method and task the largest
    number counts.
    """
    total = 0
    for place, run in enumerate(records.runs):
        asked: Counter[tuple[str, int]] = Counter()
        for session in run.study.get("sessions", ()):
            for method, tasks in session.get("planned", {}).items():
                asked |= Counter({(str(method), int(task)): count for task, count in tasks.items()})
        names = records.episodes.loc[records.episodes["run"] == place, ["own_method", "task_id"]]
        found = names.value_counts().reset_index(name="episodes")
        done = Counter(
            {(row["own_method"], row["task_id"]): row["episodes"] for row in found.to_dict("records")}
        )
        total += sum((asked | done).values())
    return total


def unfinished(records: Records) -> str:
    """`412 of 600 episodes recorded` while some are missing, else empty."""
    recorded, asked = len(records.episodes), planned(records)
    return f"{recorded:,} of {asked:,} episodes recorded" if recorded < asked else ""


def error_shares(records: Records) -> dict[str, float]:
    """Share of each method's episodes without a variation that ended in an error, [0, 1]."""
    failed = records.nominal["status"] == "error"
    return {
        str(name): float(share) for name, share in failed.groupby(records.nominal["method"]).mean().items()
    }


def warnings(records: Records) -> list[str]:
    """Lines to be read before any number; empty where everything was recorded and hardly anything crashed."""
    lines = []
    if missing := unfinished(records):
        lines.append(f"UNFINISHED: {missing}; no method is declared better")
    many = {name: share for name, share in error_shares(records).items() if share > FEW_ERRORS}
    if many:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in many.items())
        lines.append(f"ERRORS: {shares} of the episodes crashed; worst-case bounds count them either way")
    return lines
