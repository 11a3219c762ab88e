"""What the documentation says of code and records, written by them: `python -m docs.generate`.

Replaces what stands between `<!-- generated: NAME ARGUMENT -->` and `<!-- end -->`. `--figures` also draws
the pictures, `--check` changes nothing, names the files that are not current and then exits with 1.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from harness import list as listing
from harness.core import registry
from harness.core.records import COMPARED, AdaptationDetails, AdaptationRow, Environment, EpisodeRow, columns
from harness.core.run_paths import RunPaths
from harness.core.schema import described, flag_of, key_of, settings_of
from harness.core.settings import Settings

DOCS = Path(__file__).parent
PAGES = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))
BLOCK = re.compile(r"(<!-- generated: (\S+) ?(\S*) -->\n).*?(<!-- end -->)", re.DOTALL)

IN_METHODS = ("method", "success", "low", "high", "episodes", "errors", "trainable_params")
"""Columns of the table of methods that are shown, and then what an adaptation cost."""

PICTURED = ("lighting", "camera", "distractors", "background", "embodiment")
"""Variations of the picture in the README, at levels 2 and 4."""


def main(argv: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="docs.generate", description="Write the generated parts of the docs."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    parser.add_argument("--figures", action="store_true", help="draw the figures, too (half a minute)")
    options = parser.parse_args(argv)
    stale = [page for page in PAGES if page.read_text(encoding="utf-8") != generated(page)]
    for page in stale:
        print(page.relative_to(DOCS.parent))
        if not options.check:
            page.write_text(generated(page), encoding="utf-8")
    if options.figures:
        draw_gallery(DOCS / "figures" / "gallery.png")
    return int(options.check and bool(stale))


def generated(page: Path) -> str:
    """The text of a page with every generated part as it should be."""
    text = page.read_text(encoding="utf-8")
    return BLOCK.sub(lambda found: f"{found[1]}\n{PARTS[found[2]](found[3])}\n{found[4]}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def methods(record: str) -> str:
    """Success and cost of each method in the run `docs/records/<record>`, and how long it took."""
    import results
    from results.render.cells import shown
    from results.tables.table import Table

    found = results.compare(DOCS / "records" / record, published=False)["methods"]
    cost = [name for name in ("gpu_hours", "cpu_core_hours") if found[name].notna().any()]
    frame = shown(Table("methods", "", found[[*IN_METHODS, *cost]]))
    return table(list(frame.columns), frame.to_numpy().tolist()) + f"\n{duration(record)}\n"


def duration(record: str) -> str:
    """How long a run of one session took, demonstrations and start included."""
    run = RunPaths(DOCS / "records" / record)
    (session,) = json.loads(run.settings.read_text())["sessions"]
    ended = max(json.loads(line)["ended"] for line in run.episodes.read_text().splitlines())
    took = datetime.fromisoformat(ended) - datetime.fromisoformat(session["started"])
    machine = session["machine"]
    return (
        f"{took.total_seconds():.0f} seconds with {session['workers']} workers on {machine['cores']} shared "
        f"cores ({machine['processor']})."
    )


def designs(_: str) -> str:
    """What designs detect at the default times of harness.design."""
    from harness.design import Options
    from results.render.cells import shown
    from results.render.text import markdown_table
    from results.tables import planning

    asked = Options()
    found = planning.designs(asked.tasks, asked.seeds, asked.episodes, asked.adaptation_s, asked.episode_s)
    return f"{found.title}:\n\n{markdown_table(shown(found))}"


def calibration(_: str) -> str:
    """False findings, coverage and power of simulated studies, from `docs/records/calibration.csv`."""
    import pandas as pd

    from results.stats.calibration import markdown

    return markdown(pd.read_csv(DOCS / "records" / "calibration.csv"))


def tables(record: str) -> str:
    """The tables that are made of a run."""
    import results

    found = results.compare(DOCS / "records" / record, published=False)
    return table(("table", "what it is"), ((f"`{each.name}`", each.title) for each in found.tables))


def experts(record: str) -> str:
    """What the experts solve: the suites of the table `docs/records/<record>`, then its tasks."""
    import pandas as pd

    rows = pd.read_csv(DOCS / "records" / record, dtype={"failed": str}).fillna({"success": 0, "failed": ""})
    rows = rows.astype({"success": int}).assign(solved=rows["success"] >= 0.95 * rows["episodes"])
    rows = rows.sort_values(["suite", "task"])
    rows["states"] = rows["success"].astype(str) + " of " + rows["episodes"].astype(str)
    suites = [(name, of) for name, of in rows.groupby("suite")] + [("all", rows)]
    summary = table(
        ("suite", "tasks solved", "states solved", "median steps", "seconds"),
        (
            (
                f"`{name}`",
                f"{of['solved'].sum()} of {len(of)}",
                f"{of['success'].sum()} of {of['episodes'].sum()}",
                f"{of['median_steps'].median():g}",
                f"{of['seconds'].median():.2f}",
            )
            for name, of in suites
        ),
    )
    head = ["suite", "task", "name", "states", "median_steps", "max_steps", "seconds", "failed"]
    shown = rows[head].map(lambda cell: "" if pd.isna(cell) else cell)
    return f"{summary}\n{table(head, shown.to_numpy().tolist())}"


def summaries(kind: str) -> str:
    """Everything of a kind, with the first line of its file."""
    return table(
        (kind, "what it is"),
        ((f"`{name}`", listing.summary(kind, name)) for name in registry.public_names(kind)),
    )


def variations(_: str) -> str:
    """Names, quantities and what is looked at."""
    rows = []
    for name in registry.public_names("variation"):
        found = registry.find("variation", name)
        levels = ", ".join(f"{quantity:g}" for quantity in found.quantities[1:])
        rows.append((f"`{name}`", listing.summary("variation", name), levels, found.unit, found.changes))
    return table(("variation", "what it is", "levels from 1", "unit", "changes"), rows)


def settings(_: str) -> str:
    """Every setting of a study."""
    rows = (
        (f"`{key_of(one)}`", flag and f"`{flag}`", about.help, about.scope.value)
        for one, about, flag in ((one, described(one), flag_of(one)) for one, _ in settings_of(Settings))
    )
    return table(("setting", "flag", "what it is", "scope"), rows)


def row_columns(kind: str) -> str:
    """Columns of `episodes`, `adaptations` or `tables`."""
    if kind == "tables":
        import results

        found = results.columns().query("frame == 'tables'")
        ends = found["column"].str.endswith(("_low", "_high")) & ~found["column"].str.startswith("worst_case")
        shown = found.loc[~ends, ["column", "unit", "meaning"]]
        return table(
            ("column", "unit", "what it is"), ((f"`{row[0]}`", *row[1:]) for row in shown.to_numpy())
        )
    records = {"episodes": (EpisodeRow, Environment), "adaptations": (AdaptationRow, AdaptationDetails)}[kind]
    rows = [
        (f"`{one.name}`", str(one.type).partition(" | ")[0], about.help)
        for record in records
        for one, about in columns(record)
    ]
    if kind == "episodes":
        rows += [
            (f"`{key_of(one)}`", str(one.type), f"{about.help} (setting)")
            for one, about in settings_of(Settings)
            if about.compared
        ]
    return table(("column", "type", "what it is"), rows)


def fingerprint(_: str) -> str:
    """What episodes must have run on alike to be compared."""
    said = {key_of(one): about.help for one, about in settings_of(Settings)}
    said |= {one.name: about.help for one, about in columns(Environment)}
    return table(("column", "what it is"), ((f"`{name}`", said[name]) for name in COMPARED))


def run_files(_: str) -> str:
    """Every file of a run directory."""
    run = RunPaths(Path("RUN"))
    rows = []
    for name, member in vars(RunPaths).items():
        if isinstance(member, property):
            found = getattr(run, name)
        elif inspect.isfunction(member) and not name.startswith("_"):
            found = getattr(run, name)(
                *(word.upper() for word in list(inspect.signature(member).parameters)[1:])
            )
        else:
            continue
        if isinstance(found, Path):
            rows.append((f"`{found.relative_to(run.path)}`", (member.__doc__ or "").rstrip(".")))
    return table(("file", "what it is"), rows)


def source(name: str) -> str:
    """A file of the repository."""
    text = (DOCS.parent / name).read_text(encoding="utf-8").rstrip()
    return f'```python title="{name}"\n{text}\n```\n'


PARTS: dict[str, Callable[[str], str]] = {
    "methods": methods,
    "tables": tables,
    "calibration": calibration,
    "designs": designs,
    "experts": experts,
    "list": summaries,
    "variations": variations,
    "settings": settings,
    "columns": row_columns,
    "fingerprint": fingerprint,
    "run-files": run_files,
    "source": source,
}
"""Name in a page -> what writes it."""


def draw_gallery(path: Path) -> None:
    """A few variations of one task as both cameras see them."""
    from harness import gallery

    with tempfile.TemporaryDirectory() as folder:
        asked = ",".join(f"{name}:{level}" for name in PICTURED for level in (2, 4))
        status = gallery.main(
            [
                *("--suite", "libero_spatial", "--task", "0", "--size", "144"),
                "--variations",
                asked,
                "--out",
                folder,
            ]
        )
        if status:
            sys.exit(status)
        (drawn,) = Path(folder).glob("*.png")
        path.parent.mkdir(exist_ok=True)
        shutil.copy(drawn, path)


if __name__ == "__main__":
    sys.exit(main())
