"""Run directories and NPZ files that a stranger made: whoever reads them, refuses or reads them.

Each is made from a sound one by a few random changes. No command ends in a traceback, waits, takes memory on
the word of a header, or sends control characters to the terminal.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import compare, heads, report, watch
from harness.core.rng import derive_rng
from tests.harness.test_bad_input import at_once
from tests.results.conftest import write_run

ODD: tuple[Any, ...] = (
    *(None, True, -1, 10**30, 1e308, float("nan"), float("inf"), "", "\x1b[31m", "=cmd()", "../../x", "٣"),
    *([], {}, [[[]]], {"a": {"b": 1}}, "x" * 5000, [0] * 50, "2026-01-01", "none", 7, "lora", "\ud800"),
)
"""Values in place of sound ones."""

MEMORY = 2 * 2**30
"""Bytes of address space beyond what is in use."""


def changed(value: Any, rng: np.random.Generator) -> Any:
    """`value`, a JSON document, with one of its parts replaced, removed or repeated."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = list(value)[rng.integers(len(value))]
        if rng.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = int(rng.integers(len(value)))
        return [*value[:place], changed(value[place], rng), *value[place + 1 :]]
    return ODD[rng.integers(len(ODD))]


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` cut, with bytes replaced, or with a part repeated."""
    place = int(rng.integers(len(data) + 1))
    kind = rng.integers(4)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + rng.bytes(int(rng.integers(1, 20))) + data[place:]
    if kind == 2:
        return data[:place] + data[place // 2 :]
    flipped = bytearray(data)
    for _ in range(int(rng.integers(1, 8))):
        flipped[rng.integers(len(flipped))] = rng.integers(256)
    return bytes(flipped)


def mutate(path: Path, rng: np.random.Generator) -> None:
    """Change one file: its JSON, its bytes, or what it is."""
    kind = rng.random()
    if kind < 0.04:
        path.unlink()
        made = (path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero"), lambda: None)
        made[rng.integers(4)]()
    elif path.suffix in (".json", ".jsonl") and kind < 0.75:
        text = path.read_text(errors="replace")  # its bytes may have been changed before
        lines = text.split("\n") if path.suffix == ".jsonl" else [text]
        place = int(rng.integers(max(1, len(lines) - 1)))
        with suppress(ValueError, RecursionError):
            lines[place] = json.dumps(changed(json.loads(lines[place]), rng))
        path.write_text("\n".join(lines), errors="replace")
    elif kind < 0.8:
        path.write_bytes(b"[" * 100_000)
    else:
        path.write_bytes(damage(path.read_bytes(), rng))


@contextmanager
def bounded_memory() -> Iterator[None]:
    """MemoryError for whoever asks for much more."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def survives(main: Any, words: list[str], capsys: Any) -> str:
    """What is wrong with how a command met a stranger's file; empty where nothing is."""
    capsys.readouterr()
    try:
        with at_once(20), bounded_memory():
            status = main(words)
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [each for each in frames if "/site-packages/" not in each.filename]
        where = f"{Path(own[-1].filename).name}:{own[-1].lineno} ({Path(frames[-1].filename).name})"
        return f"{type(error).__name__} at {where}: {str(error)[:80]!r}"
    output = capsys.readouterr()
    if any(not each.isprintable() and each not in "\n" for each in output.out + output.err):
        return "control characters"
    if status == 2 and output.err.count("\n") != 1:
        return f"said {output.err[:200]!r}"
    return "" if status in (0, 1, 2) else f"status {status}"


def strangers(place: Path, count: int, capsys: Any) -> Iterator[str]:
    """What was wrong, of `count` mutants."""
    sound = write_run(place / "sound", methods=("frozen", "lora", "steer"), tasks=3, episodes=3)
    np.savez(
        place / "sound.npz",
        activations=derive_rng("a").normal(size=(60, 2, 3, 4)).astype(np.float32),
        actions=derive_rng("b").normal(size=(60, 4)).astype(np.float32),
        episode=np.repeat(np.arange(5), 12),
        frame=np.tile(np.arange(12), 5),
    )
    files = sorted(path.relative_to(sound) for path in sound.rglob("*") if path.is_file())
    run, out = place / "run", place / "out"
    for number in range(count):
        rng = derive_rng("strangers", number)
        for made in (run, out):
            shutil.rmtree(made, ignore_errors=True)
        out.mkdir()
        if number % 5 == 4:
            (place / "a.npz").write_bytes(damage((place / "sound.npz").read_bytes(), rng))
            words = ["--activations", str(place / "a.npz"), "--out", str(out / "h.json"), "--num-heads", "2"]
            why = survives(heads.main, words, capsys)
        else:
            shutil.copytree(sound, run)
            for _ in range(int(rng.integers(1, 3))):
                target = run / files[rng.integers(len(files))]
                if target.is_file():
                    mutate(target, rng)
            reading = [
                (compare.main, [str(run)]),
                (compare.main, [str(run), "--format", "csv", "--out", str(out)]),
                (report.main, [str(run), "--out", str(out / "page.html")]),
                (heads.main, ["--run", str(run)]),
                (watch.main, [str(run), "--once"]),
                (compare.main, [str(run), "--format", "lerobot", "--out", str(out)]),
            ]
            main, words = reading[rng.integers(len(reading))]
            why = survives(main, words, capsys)
        if why:
            yield f"{number}: {' '.join(words)[-60:]}: {why}"


def test_some_strangers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = list(strangers(tmp_path, int(os.environ.get("STRANGERS", "20")), capsys))
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_two_thousand_strangers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = list(strangers(tmp_path, 2000, capsys))
    assert not wrong, "\n".join(wrong)
