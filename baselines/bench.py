"""What finetuning costs by each method on this machine, side by side: `python -m baselines.bench`.

Takes about two minutes on two cores. Needs neither a simulator nor demonstrations: frames are noise of the
right shapes unless --data names a folder of demonstrations. Prints two tables and saves them as CSV.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_folder
from harness.core.formats import whole
from harness.core.schema import setting

if TYPE_CHECKING:
    from baselines.perf.bench_steps import Result

TARGETS = (
    ("step time, steer-attn / full", "steer-attn", "full", 0.4),
    ("step time, steer-attn / lora", "steer-attn", "lora", 0.6),
    ("step time, steer / lora", "steer", "lora", 0.8),
)
"""Name, methods of which the second is 1, and the most that the ratio should be."""

QUICK, PAPER = 600, 3000
"""Finetuning steps of the presets `quick` and `paper`, against which head selection is set."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    policy: str = setting("name, directory or hub id", "pi0-small")
    batch_size: int = setting("frames a step", 32, format=whole(1, 10**5))
    rounds: int = setting("timed steps of each method", 15, format=whole(1, 10**6))
    demos: int = setting("demonstrations", 20, format=whole(2, 1000))
    data: Path | None = setting("folder of demonstrations (*.npz) instead of noise", None)
    out: Path = setting("folder for the CSVs", Path("bench"))


@dataclass(frozen=True)
class Line:
    """One comparison. `value` should be at most or at least `target`, as `sense` says; None: no target."""

    comparison: str
    value: float
    sense: str = ""
    target: float | None = None

    @property
    def met(self) -> str:
        """yes, no, or nothing where there is no target."""
        if self.target is None:
            return ""
        return "yes" if (self.value <= self.target) == (self.sense == "<=") else "no"


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    options = parse(Options(), argv, prog="baselines.bench", description=__doc__)
    check(options)
    methods, lines, note = measure(options)
    rows = [asdict(line) | {"met": line.met} for line in lines]
    for name, table in (("methods", methods), ("comparisons", rows)):
        write(options.out / f"{name}.csv", table)
        print(text(table), end="\n\n")
    print(note)
    return 0


def check(options: Options) -> None:
    """Raises UserError where there are no demonstrations, or nothing can be written."""
    check_folder(options.out)
    if options.data is not None and not any(options.data.glob("*.npz")):
        raise UserError(
            f"--data {options.data}: no demonstrations (*.npz) there; see python -m harness.demos"
        )


def measure(options: Options) -> tuple[list[dict[str, Any]], list[Line], str]:
    """Rows of the table of methods, the comparisons, and what was measured on."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "5")  # torch's profiler reports itself otherwise
    import torch

    from baselines.adaptable.device import device_name, precision, threads
    from baselines.adaptable.policy import AdaptablePolicy
    from baselines.data import frames
    from baselines.data.synthetic import synthetic
    from baselines.perf import bench_steps
    from baselines.policies.sources.spec import load_policy
    from baselines.training.trainability import probe
    from harness.core.meter import Meter

    with threads():
        policy = load_policy(options.policy)
        if not isinstance(policy, AdaptablePolicy):
            raise UserError(f"--policy {options.policy}: only acts; name one that can be trained")
        if options.data is None:
            demos = synthetic(options.demos, policy.image_size, needs=policy.needs)
            seen = frames.from_demonstrations(demos, policy.format)
        else:
            paths = sorted(options.data.glob("*.npz"))[: options.demos]
            seen = frames.from_files(paths, policy.format)
        trainability = probe(policy, seen)
        meter = Meter(str(policy.device))
        chosen = bench_steps.select(policy, seen, trainability, meter)
        bench = bench_steps.Bench(policy, seen, trainability, chosen, options.batch_size)
        names = (*bench_steps.METHODS, bench_steps.MASKED, bench_steps.MASKED_CACHED)
        memory = {name: bench_steps.added_memory(bench, name) for name in names}
        results = bench_steps.race(bench, names, options.rounds)
        rows = [method_row(name, results[name], memory[name]) for name in names]
        selection_s = sum(bench_steps.seconds(cost) for cost in meter.phases.values())
        lines = compare(results, memory, selection_s, bench_steps.agreement(bench))
        source = "demonstrations" if options.data else "noise of the right shapes"
        note = (
            f"{options.policy}, {len(seen)} frames of {source}, batch {options.batch_size}, "
            f"{options.rounds} rounds, {device_name(str(policy.device))}, {torch.get_num_threads()} threads, "
            f"{precision(policy.device)}; heads {chosen['language']}"
        )
    return rows, lines, note


def method_row(name: str, result: Result, memory: int) -> dict[str, Any]:
    """One line of the table of methods."""
    times = result.times
    quarters = statistics.quantiles(times, n=4) if len(times) > 1 else [times[0]] * 3
    return {
        "method": name,
        "trained": result.trained,
        "ms a step": round(1000 * statistics.median(times), 1),
        "quartiles": f"{1000 * quarters[0]:.1f}-{1000 * quarters[2]:.1f}",
        "GFLOP a step": round(result.flops / 1e9, 2),
        "added MB": round(memory / 1e6, 1),
    }


def compare(
    results: Mapping[str, Result], memory: Mapping[str, int], selection_s: float, apart: float
) -> list[Line]:
    """All comparisons, with what they should be."""
    from baselines.perf.bench_steps import MASKED, MASKED_CACHED, paired_ratio

    lines = [Line(name, paired_ratio(results, one, two), "<=", most) for name, one, two, most in TARGETS]
    ours = memory["steer-attn"] / memory["full"]
    lines.append(Line("peak memory of training, steer-attn / full", ours, "<=", 0.5))
    step_s = statistics.median(results["steer-attn"].times)
    for steps in (QUICK, PAPER):
        share = selection_s / (steps * step_s)
        lines.append(Line(f"head selection / {steps} steps of steer-attn", share, "<=", 0.05))
    lines += [
        Line(
            "step time, masked gradients / steer-attn", paired_ratio(results, MASKED, "steer-attn"), ">=", 1.5
        ),
        Line("the same with features cached", paired_ratio(results, MASKED_CACHED, "steer-attn")),
        Line("difference of their updates, relative", apart, "<=", 1e-4),
    ]
    return lines


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Save a table as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table for the terminal."""
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def shown(value: object) -> str:
    """Nothing for None, separators in whole numbers, three digits of fractions."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(main())
