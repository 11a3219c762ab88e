"""Head selection by itself, and pictures of the heads that a run selected."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import registry
from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.files import check_file, plain, write_whole
from harness.core.formats import Format, choice, path, whole
from harness.core.schema import setting

COUNTS = Format(
    "K",
    lambda text: tuple(whole(1).read(part.strip()) for part in text.split(",")),
    lambda counts: ",".join(str(count) for count in counts),
)
"""Comma list of whole numbers."""


PICTURES = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Options:
    """What was asked for: one source, how heads are selected, and where in the policy."""

    activations: Path | None = setting(
        "file with activations [frames, layers, heads, d_head], actions [frames, action_dim], episode and "
        "frame; or the authors' activations.h5",
        None,
        format=path("A.npz|A.h5"),
    )
    policy: str | None = setting("name, directory or hub id; with --demos", None)
    demos: Path | None = setting(
        "demonstrations made by harness.demos, or a dataset: harness.list formats", None, format=path("DIR")
    )
    run: Path | None = setting("draw what harness.run selected, into RUN", None, format=path("RUN"))
    out: Path | None = setting("selection to write", None, format=path("heads.json"))
    map: Path | None = setting("also draw the scores", None, format=path("map.png"))
    num_heads: int = setting("heads to select", 20, format=whole(1))
    k: tuple[int, ...] = setting("neighbours that are tried", (10, 20, 30, 40), format=COUNTS)
    selector: str = setting("python -m harness.list selectors", "knn")
    unit: str = setting("layer: whole layers", "head", format=choice("head", "layer"))
    stability_splits: int = setting(
        "repeat on N random halves of the demonstrations", 0, format=whole(0, 1000)
    )
    seed: int = setting("of the random halves", 0)
    stream: str = setting("whose heads, one of the policy's", "language")
    reading: str = setting("where they are read, one of the policy's", "action_clean")
    include_inert_heads: bool = setting("also rank heads that cannot change the action", False)


@command
def main(argv: Sequence[str] | None) -> int:
    """Select heads or draw them; returns the exit status."""
    options = parse(
        Options(),
        argv,
        prog="harness.heads",
        description="Select attention heads, from recorded activations or from a policy and "
        "demonstrations; or draw the heads that a run selected.",
    )
    check(options)
    if options.run is not None:
        from results.render import head_files

        print(head_files.write(options.run))
        return 0
    assert options.out is not None
    selection = select(options)
    save(options.out, selection)
    if options.map is not None:
        from results.render import head_files

        head_files.draw(selection, options.map)
    print(summary(selection))
    return 0


def check(options: Options) -> None:
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
    if options.out is not None:
        check_file(options.out)
    if (options.policy is None) != (options.demos is None):
        raise UserError("--policy and --demos go together: --demos DIR is a folder made by harness.demos")
    if options.map is not None and not options.map.parent.is_dir():
        raise UserError(f"cannot write {options.map}: no such folder; choose another --map")
    if options.map is not None and options.map.suffix not in PICTURES:
        raise UserError(f"--map {options.map}: a picture's name ends in {', '.join(PICTURES)}")
    if options.activations is not None:
        check_recorded(options)
    registry.find("selector", options.selector)


def check_recorded(options: Options) -> None:
    """Raise UserError for a stream or reading asked of activations that are recorded already.

    The authors' file holds two readings.
    """
    from baselines.selection.authors_file import ENDINGS

    assert options.activations is not None
    has_readings = options.activations.suffix in ENDINGS
    for name, asked, usual in (
        ("stream", options.stream, Options.stream),
        ("reading", options.reading, Options.reading),
    ):
        if asked != usual and not (name == "reading" and has_readings):
            raise UserError(
                f"--{name} {asked!r}: --activations has one stream and reading, those that were recorded; "
                "leave it out, or give --policy and --demos"
            )


def select(options: Options) -> dict[str, Any]:
    """The selection that is asked for, as plain values. Raises UserError."""
    asked = (options.selector, options.num_heads, options.k, options.seed)
    if options.activations is not None:
        from baselines.selection.select_from_file import select_from_file

        return select_from_file(
            options.activations,
            *asked,
            unit=options.unit,
            stability_splits=options.stability_splits,
            reading=options.reading,
        )
    from baselines.pipeline.select_from_policy import select_from_policy

    assert options.policy is not None
    assert options.demos is not None
    with demonstration_files(options.demos, options.policy) as folder:
        return select_from_policy(
            options.policy,
            folder,
            *asked,
            unit=options.unit,
            stability_splits=options.stability_splits,
            stream=options.stream,
            reading=options.reading,
            include_inert_heads=options.include_inert_heads,
        )


@contextmanager
def demonstration_files(path: Path, policy: str) -> Iterator[Path]:
    """The folder of demonstrations itself, or a temporary one with those of a dataset at the policy's size.

    Raises UserError where the dataset lacks what the policy needs.
    """
    from harness.interchange.sources import recognised

    form = recognised(path)
    if form is None:
        yield path
        return
    from baselines.data.images import fit
    from harness.interchange.importing import write_all

    info = registry.policy_side().describe(policy)
    with tempfile.TemporaryDirectory() as folder:
        write_all(form.open(path, info.needs.cameras), Path(folder), info.image_size, fit)
        yield Path(folder)


def summary(selection: dict[str, Any]) -> str:
    """What was found, in a few lines."""
    heads = " ".join(f"{layer}.{head}" for layer, head in selection["heads"])
    lines = [f"{selection['selector']}: mse {selection['mse']:.6g} at k = {selection['k']}; heads {heads}"]
    lines += [f"note: {note}" for note in selection["notes"]]
    if selection["inert"]:
        taken = sum(head in selection["inert"] for head in selection["heads"])
        lines.append(f"{len(selection['inert'])} heads cannot change the action; {taken} of them are chosen")
    if found := selection["stability"]:
        values = {name: _number(found[name]) for name in ("jaccard", "jaccard_with_all", "rank_correlation")}
        lines.append(
            f"{found['splits']} halves of {found['episodes']} demonstrations: overlap {values['jaccard']} "
            f"between halves, {values['jaccard_with_all']} with all, "
            f"{selection['overlap_by_chance']:.2f} by chance; rank correlation {values['rank_correlation']}"
        )
    return "\n".join(lines)


def save(path: Path, selection: dict[str, Any]) -> None:
    """Write the selection as JSON, whole or not at all, also by the names of the authors' code.

    Raises OSError where `path` cannot be written.
    """
    from baselines.selection.authors_file import heads_json

    theirs = heads_json(*(selection[name] for name in ("heads", "k", "mse", "unit")))
    write_whole(path, json.dumps(plain({**theirs, **selection}), indent=2, allow_nan=False) + "\n")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
