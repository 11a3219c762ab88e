"""Every command and every flag: what is wrong is one line and status 2, at once; nothing is computed.

The table is generated: commands are those that `python -m harness` lists, flags those of their settings, and
bad values follow from how a value is written (its format).
"""

from __future__ import annotations

import importlib
import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import Field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.__main__ import commands
from harness.core.formats import ASSETS, MOST, Format
from harness.core.schema import flag_of, format_of, settings_of
from harness.core.terminal import one_line
from harness.study import options as study_options

LIMIT_S = 2.0
"""In which a command must have answered, imports aside."""

ALWAYS = ("", "\x1b[31mred", "x" * 5000)
"""No flag takes them."""

BY_KIND = {
    "N": ("-1", "x", "1.5", "nan", "1e3", "0x10", "1_0", "+-3", "٣", "²", "9" * 20),
    "X": ("nan", "inf", "-inf", "1e999", "x", "1_0", "٣", "-1"),
    "RATE": ("-0.1", "1.1", "nan", "x", "1e999"),
    "IDS": ("x", ",", "1,,2", "-1", "3-1", "٣", "0-99999999", "0-10000", "9" * 30, "1-2-3", "all,1"),
    "K": ("0", "x", "1,,2", "1.5", "٣"),
    "NAME": ("nope", "../../nope", "no\nname"),
    "LIST": ("nope", "a,,b", ","),
    "PACKS": ("nope", ",", "/dev/null"),
    "PACK": ("nope", "/dev/null"),
}
"""Metavar of a format -> words that it refuses, or that name nothing."""

OUTPUTS = ("out", "junit", "figures", "map")
"""Settings that name what is written."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an activations file, an empty folder, an empty file and a file of noise."""
    folder = tmp_path_factory.mktemp("bad-input")
    rng = np.random.default_rng(0)
    np.savez(
        folder / "a.npz",
        activations=rng.normal(size=(60, 2, 3, 4)).astype(np.float32),
        actions=rng.normal(size=(60, 4)).astype(np.float32),
        episode=np.repeat(np.arange(5), 12),
        frame=np.tile(np.arange(12), 5),
    )
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    (folder / "noise").write_bytes(rng.bytes(1000))
    return folder


def base(command: str, flag: str, place: Path) -> list[str]:
    """Words that `command` takes, which leave it to `flag` to be wrong."""
    out = str(place / "out")
    study = ["--suite", "fake", "--policy", "fake", "--method", "frozen"]
    usual = {
        "harness.check": ["fake", "--kind", "suite"],
        "harness.compare": [str(place)],
        "harness.demos": ["--suite", "fake", "--out", out],
        "harness.gallery": ["--suite", "fake", "--variations", "fake-shift:1", "--out", out],
        "harness.heads": ["--activations", str(place / "a.npz"), "--out", f"{out}.json", "--num-heads", "2"],
        "harness.list": ["tasks"],
        "harness.report": [str(place), "--out", f"{out}.html"],
        "harness.run": [*study, *([] if flag == "--out" else ["--dry-run"])],
        "harness.watch": [str(place), "--once"],
        "benchmarks.expert_check": ["--suite", "libero_spatial", "--episodes", "1"],
        "benchmarks.solvability": ["--suite", "libero_spatial", "--episodes", "1"],
        "benchmarks.speed": ["--rows", "step", "--out", f"{out}.csv"],
        "baselines.bench": ["--policy", "fake", "--out", out],
        "harness.pretrain": ["--data", str(place), "--out", out, "--stages", "train"],
    }.get(command, [])
    if (command, flag) == ("harness.check", "--suite"):
        return ["lighting"]
    if command == "harness.heads" and flag in ("--policy", "--demos", "--run"):
        other = {"--policy": ["--demos", str(place)], "--demos": ["--policy", "fake"], "--run": []}[flag]
        return [*other, *([] if flag == "--run" else ["--out", f"{out}.json"])]
    return usual


def options_of(command: str) -> Any:
    """The settings of a command."""
    module = importlib.import_module(command)
    return study_options.Options if command == "harness.run" else module.Options


def bad_words(one: Field[Any], place: Path) -> Iterator[str]:
    """What a flag must refuse."""
    yield from ALWAYS
    if "Path" in str(one.type):
        missing = ("nope", "empty", "folder", "noise")
        files = ("/proc/nowhere/x", "/dev/null/x") if one.name in OUTPUTS else missing
        yield from (str(place / word) for word in files)
    else:
        yield from BY_KIND.get(format_of(one).metavar, ("nope",))


def cases(command: str, place: Path) -> Iterator[list[str]]:
    """Command lines with one thing wrong."""
    yield ["--nope"]
    yield [*base(command, "", place), "--nope", "1"]
    yield [*base(command, "", place), "\x1b[2Jstray"]
    for one, about in settings_of(options_of(command)):
        flag = flag_of(one)
        if not flag or one.type == "bool":
            continue
        for word in bad_words(one, place):
            usual = base(command, flag, place)
            if about.positional:
                yield [word, *usual[1:]]
            else:
                yield [*usual, f"{flag}={word}"]
        yield [*base(command, flag, place), flag]


def formats() -> list[Format]:
    """Of all flags of all commands, each once."""
    found = (one for name, _ in commands() for one, _ in settings_of(options_of(name)) if flag_of(one))
    return list(dict.fromkeys(format_of(one) for one in found if one.type != "bool"))


@given(
    st.sampled_from(formats()),
    st.one_of(st.text(), st.integers().map(str), st.floats().map(str), st.from_regex(r"[0-9,.+-]{1,9}")),
)
@example(ASSETS, "a" * 400)
@example(ASSETS, "~nobody-of-this-name/assets")
@settings(max_examples=1000, deadline=None, derandomize=True)
def test_any_word_is_read_or_refused_in_a_line(form: Format, word: str) -> None:
    try:
        value = form.read(word)
    except ValueError as error:
        value = one_line(str(error))
    assert not isinstance(value, str) or value.isprintable()
    for number in value if isinstance(value, tuple) else (value,):
        assert not isinstance(number, int | float) or abs(number) < math.inf
        assert not isinstance(number, int) or abs(number) <= max(MOST, 2**31)


@contextmanager
def at_once(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what takes longer."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def told(main: Callable[[Sequence[str]], int], words: list[str], capsys: Any) -> str:
    """What is wrong with how a command answered; empty for one printable line and status 2."""
    capsys.readouterr()
    try:
        with at_once(5 * LIMIT_S):
            began = time.process_time()
            status = main(words)
            seconds = time.process_time() - began
    except BaseException as error:
        capsys.readouterr()
        return f"{type(error).__name__}: {str(error)[:100]}"
    output = capsys.readouterr()
    if status != 2 or output.out:
        return f"status {status}, printed {output.out[:100]!r} {output.err[-100:]!r}"
    line = output.err.removesuffix("\n")
    if not line or not line.isprintable() or len(line) > 2000:
        return f"said {output.err[:300]!r}"
    return f"took {seconds:.1f} s" if seconds > LIMIT_S else ""


@pytest.mark.parametrize("command", [name for name, _ in commands()])
def test_every_flag_of_every_command(
    command: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    main = importlib.import_module(command).main
    wrong = {
        str(words)[:300]: why
        for words in cases(command, place)
        # once more: what the first call imports is not its answer's time
        if told(main, words, capsys) and (why := told(main, words, capsys))
    }
    assert not wrong, "\n".join(f"{words}: {why}" for words, why in wrong.items())
    assert not list(tmp_path.iterdir())
