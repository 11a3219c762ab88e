"""Head selection on a file: `python -m harness.heads --activations A.npz --out heads.json`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import registry
from harness.options import Parser, at_least
from harness.records import plain
from harness.types import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Select heads; returns the exit status."""
    try:
        options = _parser().parse_args(argv)
        if options.selector not in registry.names("selector"):
            known = ", ".join(registry.names("selector"))
            raise UserError(f"unknown selector {options.selector!r}; known: {known}")
        selection = registry.module("baselines.select").select_from_npz(
            options.activations, options.selector, options.num_heads, options.k, options.seed
        )
        save(options.out, selection)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    heads = " ".join(f"{layer}.{head}" for layer, head in selection["heads"])
    print(f"{options.selector}: mse {selection['mse']:.6g} at k = {selection['k']}; heads {heads}")
    return 0


def save(path: Path, selection: dict[str, object]) -> None:
    """Write the selection as JSON, whole or not at all. Raises UserError where `path` cannot be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(plain(selection), indent=2, allow_nan=False) + "\n")
        partial.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --out") from None


def _neighbours(text: str) -> tuple[int, ...]:
    return tuple(at_least(1)(part.strip()) for part in text.split(","))


def _parser() -> Parser:
    parser = Parser(prog="harness.heads", description="Select attention heads from recorded activations.")
    parser.add_argument(
        "--activations",
        type=Path,
        required=True,
        metavar="A.npz",
        help="activations [frames, layers, heads, d_head], actions [frames, action_dim], episode and frame",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="heads.json")
    parser.add_argument("--num-heads", type=at_least(1), default=20, metavar="N", help="(%(default)s)")
    parser.add_argument("--k", type=_neighbours, default="10,20,30,40", metavar="K", help="(%(default)s)")
    parser.add_argument("--selector", default="knn", help=", ".join(registry.names("selector")))
    parser.add_argument("--seed", type=at_least(0), default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
