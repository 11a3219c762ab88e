"""Does it keep its promises? `python -m harness.check package.module:object` runs its contract."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.core import registry
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import ASSETS, choice
from harness.core.protocols import PolicySource, Suite, Variation
from harness.core.schema import setting

if TYPE_CHECKING:
    from baselines.methods import Method
    from baselines.selection.selectors import Selector

OK, BROKEN = 0, 1
"""Exit statuses."""

CHECKED = ("suite", "variation", "policy", "method", "selector")
"""Kinds that have a contract."""

TRIED_ON = ("robosuite_lift", "libero_spatial", "fake")
"""Suites on which a variation is tried, the first that it does not refuse."""

TINY_POLICIES = ("fake", "fake-planar")
"""Policies of different layouts on which methods and selectors are tried."""

Results = Iterator[tuple[str, str]]
"""Rules, each with what broke it; empty where it holds."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    name: str = setting(
        "package.module:object, a .bddl file, or a name of harness.list", "", positional=True, required=True
    )
    kind: str | None = setting("where more than one has the name", None, format=choice(*CHECKED))
    suite: str | None = setting("on which a variation is tried", None)
    task: int = setting("on which suites and variations are tried", 0)
    assets: str = setting("with which they are tried: original, hub or DIR", "original", format=ASSETS)


@command
def main(argv: Sequence[str] | None) -> int:
    """Print a line a rule; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.check",
        description="Run the contract of a suite, variation, policy, ...",
    )
    kind = options.kind or only_kind(options.name)
    if options.suite is not None:
        registry.find("suite", options.suite)
    found, name = registry.find(kind, options.name), registry.key(kind, options.name)
    print(f"{kind} {name}: {registry.origin(kind, name)}")
    broken = show(CHECKS[kind](name, found, options))
    return BROKEN if broken else OK


def only_kind(name: str) -> str:
    """The kind of a name. Raises UserError where there are several."""
    kinds = [kind for kind in registry.kinds_of(name) if kind in CHECKED]
    if not kinds:
        raise UserError(f"{name!r} is of a kind without a contract; those with one: {', '.join(CHECKED)}")
    if len(kinds) > 1:
        raise UserError(f"{name!r} is a {' and a '.join(kinds)}; give --kind {kinds[0]}")
    return kinds[0]


def show(results: Results) -> int:
    """Print a line a rule as soon as it was checked; returns how many are broken."""
    broken = 0
    for rule, why in results:
        print(f"failed  {rule}: {why}" if why else f"ok      {rule}", flush=True)
        broken += bool(why)
    return broken


def check_suite(name: str, suite: Suite, options: Options) -> Results:
    """A suite, on one of its tasks."""
    from benchmarks.contracts.episodes import Stage
    from benchmarks.contracts.suite import CONTRACT

    with closing(Stage(suite, _task(suite, options.task), options.assets)) as stage:
        yield from CONTRACT.verify(stage)


def check_variation(name: str, variation: Variation, options: Options) -> Results:
    """A variation, on a task that it does not refuse."""
    from benchmarks.contracts.episodes import Stage
    from benchmarks.contracts.variation import CONTRACT, Varied

    suite = registry.find("suite", options.suite or suite_for(variation, options.task))
    task = _task(suite, options.task)
    if reason := variation.refusal(suite.tasks[task]):
        raise UserError(f"{name} on task {task} of {suite.name}: {reason}; give another --suite or --task")
    with closing(Stage(suite, task, options.assets)) as stage:
        yield from CONTRACT.verify(Varied(name, variation, stage))


def suite_for(variation: Variation, task: int) -> str:
    """The first suite whose task is not refused. Raises UserError where all are."""
    for name in TRIED_ON:
        tasks = registry.find("suite", name).tasks
        if task < len(tasks) and not variation.refusal(tasks[task]):
            return name
    raise UserError(f"task {task} of {', '.join(TRIED_ON)} is refused; give --suite and --task")


def check_policy(name: str, source: PolicySource, options: Options) -> Results:
    """A policy: how it acts and, where it names streams, what adaptation asks of it."""
    from baselines.contracts import acting

    yield from acting.CONTRACT.verify(acting.Acting(source))
    if source.describe().streams:
        from baselines.contracts import adapting

        yield from adapting.CONTRACT.verify(adapting.Adapting(source))


def check_method(name: str, method: Method, options: Options) -> Results:
    """A method, on each of the tiny policies."""
    from baselines.contracts.adapting import Adapting
    from baselines.contracts.method import CONTRACT, Trial

    for policy in TINY_POLICIES:
        on = Adapting(registry.find("policy", policy))
        yield from _named(policy, CONTRACT.verify(Trial(method, on)))


def check_selector(name: str, selector: Selector, options: Options) -> Results:
    """A selector, on the heads of each of the tiny policies."""
    from baselines.contracts.adapting import Adapting
    from baselines.contracts.selector import CONTRACT, Choosing

    for policy in TINY_POLICIES:
        on = Adapting(registry.find("policy", policy))
        yield from _named(policy, CONTRACT.verify(Choosing(selector, on)))


def _named(where: str, results: Results) -> Results:
    for rule, why in results:
        yield f"{rule} ({where})", why


CHECKS: dict[str, Callable[[str, Any, Any], Results]] = {
    "suite": check_suite,
    "variation": check_variation,
    "policy": check_policy,
    "method": check_method,
    "selector": check_selector,
}


def _task(suite: Suite, asked: int) -> int:
    if not 0 <= asked < len(suite.tasks):
        raise UserError(f"no task {asked} in {suite.name}; valid: 0 to {len(suite.tasks) - 1}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
