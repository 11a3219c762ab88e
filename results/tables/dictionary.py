"""What every column says, of records and of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from harness.core.records import AdaptationDetails, AdaptationRow, Environment, EpisodeRow, columns
from harness.core.schema import described, key_of, settings_of
from harness.core.settings import Settings
from results.records.runs import OF_THE_ADAPTATION
from results.tables.ledger import PHASES

RATE, POINTS, HOURS = "rate, 0 to 1", "rate, -1 to 1", "hours"

ADDED = {
    "run": ("place of the run directory, from 0", ""),
    "own_method": ("method as it was recorded; `method` is unique to a way of adapting", ""),
    "fingerprint": ("digest of all that episodes must have run on alike to be compared", ""),
}
"""Columns that `results.load` adds to records."""

WITH_ENDS = {
    "difference": ("success of the first minus that of the second", POINTS),
    "steps": ("restricted mean of control steps; a failure counts as the whole budget", "steps"),
    "varied": ("success under the variation", RATE),
    "retention": ("varied over clean success", "share"),
    "drop": ("clean minus varied success on the same scenes", POINTS),
    "beyond_lora": ("drop minus the drop of lora", "rate, -2 to 2"),
    "area": ("area under success against level, over that of clean success", "share"),
    "mean_drop": ("mean over dimensions of the drop", POINTS),
    "worst_drop": ("drop in the worst dimension", POINTS),
    "with_errors": ("successes over all episodes, errors among them", RATE),
    "pretraining": ("success on tasks of the pretraining after adaptation", RATE),
    "restricted_difference": ("steps of the first minus those of the second", "steps"),
}
"""Columns with `_low` and `_high`, the ends of their 95% interval."""

PLAIN = {
    "method": ("name of the method, with its run where several runs differ in it", ""),
    "methods": ("all that the row is about", ""),
    "first": ("method of a pair that is looked at", ""),
    "second": ("method that it is compared with", ""),
    "success": ("successes / (successes + failures); mean over tasks in methods and seeds", RATE),
    "low": ("lower end of the interval of success, 95%", RATE),
    "high": ("upper end of the interval of success, 95%", RATE),
    "reason": ("why there is no interval; empty where there is one", ""),
    "p": ("two-sided p-value, not adjusted", ""),
    "p_holm": ("two-sided p-value, adjusted by Holm over the rows of the table", ""),
    "p_sign_flip": ("p-value of the sign-flip test, the check", ""),
    "p_margin": ("one-sided p-value that the first is worse by the margin, adjusted by Holm", ""),
    "scope": ("these tasks, or tasks like these", ""),
    "cost_ratio": ("hours of one adaptation of the first over those of the second", "share"),
    "cost_unit": ("unit of that ratio", ""),
    "verdict": ("in words", ""),
    "worst_case_low": ("least that the errors could have made of it", RATE),
    "worst_case_high": ("most that the errors could have made of it", RATE),
    "tasks": ("number of tasks", ""),
    "seeds": ("number of seeds, of the task with the fewest", ""),
    "episodes": ("number of judged episodes; in errors, runs and fingerprints of all", ""),
    "successes": ("number of episodes that succeeded", ""),
    "errors": ("number of episodes that crashed", ""),
    "scenes": ("number of scenes that both methods finished", ""),
    "only_first": ("scenes on which only the first succeeded", ""),
    "only_second": ("scenes on which only the second succeeded", ""),
    "pairs": ("varied episodes with a clean twin", ""),
    "adaptations": ("number of adaptations", ""),
    "task_spread": ("standard deviation of success over tasks", "rate"),
    "adaptation_spread": ("standard deviation of success over adaptations to one task", "rate"),
    "scene_spread": ("standard deviation of success over scenes", "rate"),
    "trainable_params": ("parameters that were trained", ""),
    "total_params": ("parameters of the policy", ""),
    "gpu_hours": ("GPU-hours of all adaptations of the method; blank without a GPU", HOURS),
    "cpu_core_hours": ("CPU core-hours of all adaptations of the method; blank with a GPU", HOURS),
    "gpu_hours_each": ("GPU-hours of one adaptation, mean", HOURS),
    "cpu_core_hours_each": ("CPU core-hours of one adaptation, mean", HOURS),
    "evaluation_hours": ("wall hours of all episodes, one worker each", HOURS),
    "hours": ("hours of one adaptation of the cheapest run that reached the target", HOURS),
    "peak_gib": ("most memory in use", "GiB"),
    "peak_bytes": ("most memory in use", "bytes"),
    "gflops": ("floating-point operations of training, mean of adaptations", "1e9"),
    "flops": ("floating-point operations", ""),
    "wall_s": ("wall time", "s"),
    "cpu_s": ("processor time", "s"),
    "device_s": ("time of the GPU", "s"),
    "total_s": ("all phases together", "s"),
    "energy_j": ("energy", "J"),
    "phase": ("part of an adaptation, or evaluation", ""),
    "unit": ("unit of the quantity, or of the seconds or hours of the row", ""),
    "e_better": ("evidence of an e-process against: the first is not better", ""),
    "e_worse": ("evidence of an e-process against: the first is not worse", ""),
    "study_hours": ("hours of all adaptations and episodes of a design, one after the other", HOURS),
    "detectable": ("difference of two methods that is found in 80% of studies", RATE),
    "best": ("whether it detects more than every design that takes no longer", ""),
    "target": ("success that was to be reached", RATE),
    "reached_by": ("cheapest run that reached it", ""),
    "lower_bound": ("lower end of the interval of its success", RATE),
    "certain": ("whether that lies above the target", ""),
    "task": ("name of the task", ""),
    "level": ("of the variation, 0 to 4", ""),
    "levels": ("number of levels", ""),
    "quantity": ("physical quantity of the level", "see unit"),
    "clean": ("success without the variation on the same scenes", RATE),
    "expert": ("success of the scripted expert under the variation", RATE),
    "dimensions": ("number of dimensions of variation", ""),
    "worst": ("dimension with the largest drop", ""),
    "does_old_task": ("success at the task that the instruction did not ask for", RATE),
    "does_low": ("lower end of its interval, 95%", RATE),
    "does_high": ("upper end of its interval, 95%", RATE),
    "pretraining_before": ("success on tasks of the pretraining before adaptation", RATE),
    "step": ("training step", ""),
    "loss": ("training loss, mean of consecutive steps", ""),
    "error": ("message", ""),
    "mixed": ("MIXED where episodes that ran on different things are compared", ""),
}

NUMBERED = re.compile(r"seed_\d+")
"""Success of one seed: a column for each."""


def all_columns() -> pd.DataFrame:
    """One row a column: `frame` (episodes, adaptations or tables), `column`, `unit`, `meaning`."""
    rows = [*_of_records(), *(("tables", *row) for row in _of_tables())]
    return pd.DataFrame(rows, columns=["frame", "column", "unit", "meaning"])


def explained(column: str) -> bool:
    """Whether a column of a table, other than names of methods, is in the dictionary."""
    known = {name for name, *_ in _of_tables()} | {name for _, name, *_ in _of_records()}
    return column in known or NUMBERED.fullmatch(column) is not None


def _of_records() -> Iterator[tuple[str, str, str, str]]:
    for record in (EpisodeRow, Environment):
        for one, about in columns(record):
            yield "episodes", one.name, _unit(one.name), about.help
    for field, _ in settings_of(Settings):
        if described(field).compared:
            yield "episodes", key_of(field), "", described(field).help
    for details in (AdaptationRow, AdaptationDetails):
        for one, about in columns(details):
            name = OF_THE_ADAPTATION.get(one.name, one.name)
            yield "adaptations", name, _unit(one.name), about.help
    for frame in ("episodes", "adaptations"):
        for name, (meaning, unit) in ADDED.items():
            if not (frame == "adaptations" and name == "fingerprint"):
                yield frame, name, unit, meaning


def _of_tables() -> Iterator[tuple[str, str, str]]:
    for name, (meaning, unit) in WITH_ENDS.items():
        yield name, unit, meaning
        for end, word in (("low", "lower"), ("high", "upper")):
            yield f"{name}_{end}", unit, f"{word} end of the interval of {name}"
    for name, (meaning, unit) in PLAIN.items():
        yield name, unit, meaning
    yield "seed_N", RATE, "success of seed N, mean over tasks: a column for each seed"
    for phase in PHASES:
        yield f"{phase}_s", "s", f"device or processor seconds of {phase} in one adaptation"


def _unit(name: str) -> str:
    return "s" if name.endswith("_s") else "ms" if name.endswith("_ms") else ""
