"""Head selection by itself, and pictures of the heads that a run selected."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.command_line import Parser, at_least
from harness.core.errors import UserError
from harness.core.files import plain


def main(argv: Sequence[str] | None = None) -> int:
    """Select heads or draw them; returns the exit status."""
    try:
        options = _parser().parse_args(argv)
        check(options)
        if options.run is not None:
            print(registry.module("results.render.head_files").write(options.run))
            return 0
        selection = select(options)
        save(options.out, selection)
        if options.map is not None:
            maps = {selection.get("stream", "heads"): selection}
            registry.module("results.render.pictures").heat_map(options.map, maps, options.out.stem)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(selection))
    return 0


def check(options: Namespace) -> None:
    """Raise UserError where it is not clear what is asked for, or a name is unknown."""
    sources = [name for name in ("activations", "policy", "run") if getattr(options, name) is not None]
    if len(sources) != 1:
        given = " and ".join(f"--{name}" for name in sources) or "none"
        raise UserError(
            f"give one of --activations A.npz, --policy P with --demos DIR, and --run RUN, not {given}"
        )
    if options.run is not None and not options.run.is_dir():
        raise UserError(f"{options.run} is not a run directory of harness.run")
    if options.run is None and options.out is None:
        raise UserError("--out heads.json is missing: where to write the selection")
    if (options.policy is None) != (options.demos is None):
        raise UserError("--policy and --demos go together: --demos DIR is a folder made by harness.demos")
    if options.map is not None and not options.map.parent.is_dir():
        raise UserError(f"cannot write {options.map}: no such folder; choose another --map")
    if options.selector not in registry.names("selector"):
        known = ", ".join(registry.names("selector"))
        raise UserError(f"unknown selector {options.selector!r}; known: {known}")


def select(options: Namespace) -> dict[str, Any]:
    """The selection that is asked for, as plain values. Raises UserError."""
    asked = (options.selector, options.num_heads, options.k, options.seed)
    more = {"unit": options.unit, "stability_splits": options.resamples}
    if options.activations is not None:
        module = registry.module("baselines.selection.select_from_file")
        return dict(module.select_from_npz(options.activations, *asked, **more))
    place = {"stream": options.stream, "token": options.token, "include_inert_heads": options.include_dead}
    module = registry.module("baselines.pipeline.select_from_policy")
    return dict(module.select_from_policy(options.policy, options.demos, *asked, **more, **place))


def summary(selection: dict[str, Any]) -> str:
    """What was found, in a few lines."""
    heads = " ".join(f"{layer}.{head}" for layer, head in selection["heads"])
    lines = [f"{selection['selector']}: mse {selection['mse']:.6g} at k = {selection['k']}; heads {heads}"]
    lines += [f"note: {note}" for note in selection["notes"]]
    if selection["inert"]:
        taken = sum(head in selection["inert"] for head in selection["heads"])
        lines.append(f"{len(selection['dead'])} heads cannot change the action; {taken} of them are chosen")
    if found := selection["stability"]:
        values = {name: _number(found[name]) for name in ("jaccard", "jaccard_with_all", "rank_correlation")}
        lines.append(
            f"{found['splits']} halves of {found['episodes']} demonstrations: overlap {values['jaccard']} "
            f"between halves, {values['jaccard_with_all']} with all, "
            f"{selection['overlap_by_chance']:.2f} by chance; rank correlation {values['rank_correlation']}"
        )
    return "\n".join(lines)


def save(path: Path, selection: dict[str, Any]) -> None:
    """Write the selection as JSON, whole or not at all. Raises UserError where `path` cannot be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(plain(selection), indent=2, allow_nan=False) + "\n")
        partial.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --out") from None


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _neighbours(text: str) -> tuple[int, ...]:
    return tuple(at_least(1)(part.strip()) for part in text.split(","))


def _parser() -> Parser:
    parser = Parser(
        prog="harness.heads",
        description="Select attention heads, from recorded activations or from a policy and demonstrations; "
        "or draw the heads that a run selected.",
    )
    source = parser.add_argument_group("from what")
    source.add_argument(
        "--activations",
        type=Path,
        metavar="A.npz",
        help="activations [frames, layers, heads, d_head], actions [frames, action_dim], episode and frame",
    )
    source.add_argument("--policy", metavar="P", help="name, directory or hub id; with --demos")
    source.add_argument("--demos", type=Path, metavar="DIR", help="demonstrations made by harness.demos")
    source.add_argument("--run", type=Path, metavar="RUN", help="draw what harness.run selected, into RUN")

    how = parser.add_argument_group("how")
    how.add_argument("--out", type=Path, metavar="heads.json")
    how.add_argument("--map", type=Path, metavar="map.png", help="also draw the scores")
    how.add_argument("--num-heads", type=at_least(1), default=20, metavar="N", help="(%(default)s)")
    how.add_argument("--k", type=_neighbours, default="10,20,30,40", metavar="K", help="(%(default)s)")
    how.add_argument("--selector", default="knn", help=", ".join(registry.names("selector")))
    how.add_argument("--unit", choices=("head", "layer"), default="head", help="layer: whole layers")
    how.add_argument(
        "--resamples", type=at_least(0), default=0, metavar="R", help="repeat on R redrawn halves"
    )
    how.add_argument("--seed", type=at_least(0), default=0)

    where = parser.add_argument_group("where in the policy")
    where.add_argument("--stream", choices=("language", "expert"), default="language", help="(%(default)s)")
    where.add_argument(
        "--token", choices=("action_first", "prefix_last"), default="action_first", help="(%(default)s)"
    )
    where.add_argument("--include-dead", action="store_true", help="also rank heads that cannot act")
    return parser


if __name__ == "__main__":
    sys.exit(main())
