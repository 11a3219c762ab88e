"""The command line of the main job, as one frozen dataclass."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.command_line import Parser, at_least, default_workers, rate

RECIPES = ("auto", "paper", "released")
INFERENCE = ("auto", "worker", "server")
ENGINES = ("fast", "reference")
RENDER = ("auto", "exact", "fast")


@dataclass(frozen=True)
class Options:
    """What was asked for; None means that the preset or the policy decides."""

    suite: str
    method: str
    preset: str
    policy: str
    assets: str
    engine: str
    render: str
    tasks: str | None
    demos: int | None
    steps: int | None
    batch_size: int | None
    episodes: int | None
    seeds: str | None
    replan: int | None
    num_heads: int | None
    sweep: bool | None
    forgetting: int
    recipe: str
    selector: str | None
    include_dead: bool
    resamples: int
    compile: bool
    adapt_per: str
    limit: int | None
    variations: str | None
    workers: int
    ray_address: str | None
    inference: str
    out: Path | None
    new: bool
    retry_errors: bool
    timeout: int
    fail_under: float | None
    plan: bool
    any_mujoco: bool


def parse(argv: Sequence[str]) -> Options:
    """Read the command line; raises UserError, and SystemExit(0) after --help."""
    return Options(**vars(_parser().parse_args(argv)))


def _parser() -> Parser:
    parser = Parser(
        prog="harness.run",
        allow_abbrev=False,
        description="Adapt a policy to the tasks of a suite by one or more methods, roll it out and print "
        "success and cost. The same command again goes on where the last one stopped.",
    )
    what = parser.add_argument_group("what")
    what.add_argument("--suite", required=True, help="python -m harness.list suites")
    what.add_argument(
        "--method",
        required=True,
        help="comma list of names, all or paper-table; python -m harness.list methods",
    )
    what.add_argument("--policy", default="pi0-small", help="name, directory or hub id (%(default)s)")
    what.add_argument("--assets", default="auto", help="auto (what the policy saw), builtin, hub or DIR")
    what.add_argument("--recipe", choices=RECIPES, default="auto", help="hyper-parameters (%(default)s)")
    what.add_argument("--engine", choices=ENGINES, default="fast", help="reference: robosuite's own step")
    what.add_argument("--render", choices=RENDER, default="auto", help="auto: what the policy was trained on")
    what.add_argument("--adapt-per", choices=("task", "suite"), default="task", help="(%(default)s)")

    what.add_argument(
        "--variations",
        metavar="LIST",
        help="as lighting:1-4,distractors:2 or camera:1+sensor:2 or paper; python -m harness.list variations",
    )

    much = parser.add_argument_group("how much (flags override the preset)")
    much.add_argument("--preset", default="quick", help="smoke, quick or paper (%(default)s)")
    much.add_argument("--tasks", metavar="IDS", help="all, or ids as 0-9 or 0,3")
    much.add_argument("--demos", type=at_least(1), metavar="N", help="demonstrations per task")
    much.add_argument("--steps", type=at_least(1), metavar="N", help="finetuning steps")
    much.add_argument("--batch-size", type=at_least(1), metavar="N", help="frames per finetuning step")
    much.add_argument("--num-heads", type=at_least(1), metavar="N", help="heads to select")
    much.add_argument(
        "--sweep",
        action=argparse.BooleanOptionalAction,
        help="choose each learning rate on held-out demonstrations: four trainings instead of one",
    )
    much.add_argument("--selector", metavar="NAME", help="in place of knn; python -m harness.list selectors")
    much.add_argument("--include-dead", action="store_true", help="also rank heads that cannot act")
    much.add_argument(
        "--resamples", type=at_least(0), default=0, metavar="R", help="repeat selection on R redrawn halves"
    )
    much.add_argument("--episodes", type=at_least(1), metavar="N", help="episodes per task and seed")
    much.add_argument(
        "--forgetting",
        type=at_least(0),
        default=0,
        metavar="N",
        help="episodes of each adaptation on tasks of the policy's pretraining (%(default)s)",
    )
    much.add_argument("--seeds", metavar="IDS", help="ids as 0-2 or 0,1,2: demonstrations, training, noise")
    much.add_argument("--replan", type=at_least(1), metavar="N", help="actions executed per policy query")
    much.add_argument("--limit", type=at_least(1), metavar="N", help="at most N episodes in all")

    how = parser.add_argument_group("how")
    how.add_argument("--workers", type=at_least(1), default=default_workers(), metavar="N")
    how.add_argument(
        "--compile", action="store_true", help="finetune by compiled code (minutes of compiling; needs g++)"
    )
    how.add_argument("--ray-address", metavar="ADDR", help="join a running cluster that sees the same files")
    how.add_argument("--inference", choices=INFERENCE, default="auto", help="(%(default)s)")
    how.add_argument("--out", type=Path, metavar="DIR", help="run directory (under results/runs/)")
    how.add_argument("--new", action="store_true", help="set an earlier run in the directory aside")
    how.add_argument("--retry-errors", action="store_true", help="run what ended in an error again")
    how.add_argument(
        "--timeout",
        type=at_least(1),
        default=1800,
        metavar="S",
        help="seconds without a sign of life (a query, a finetuning step, a demonstration) after which a "
        "worker is replaced (%(default)s)",
    )
    how.add_argument("--fail-under", type=rate, metavar="RATE", help="exit 1 if a method's success is below")
    how.add_argument("--plan", action="store_true", help="print cells, episodes and time; run nothing")
    how.add_argument("--any-mujoco", action="store_true", help="accept another MuJoCo than the pinned one")
    return parser
