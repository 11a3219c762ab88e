"""Names: built-in ones, entry points, references, and what is said about wrong ones."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core import registry, variation_grammar
from harness.core.errors import UserError

MODULE = """
from dataclasses import replace
from types import SimpleNamespace

from baselines.policies.fake import Fake
from benchmarks.suites.fake import FakeSuite
from benchmarks.variations.fake_shift import VARIATION as SHIFT

SUITE = FakeSuite(name="my_suite")
POLICY = Fake(name="my-policy")
TWIN = Fake(name="my-policy")
BUILT_IN = Fake(name="pi0-small")
ESCAPES = Fake(name="../escapes")
HIDDEN = Fake(name=".hidden")
UP = Fake(name="a..b")
POOR = SimpleNamespace(name="poor", load=None)
SHIFTED = replace(SHIFT, name="my-shift")
holder = SimpleNamespace(POLICY=POLICY)
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the module `outside_things`, which can be imported; what was found is forgotten."""
    (tmp_path / "outside_things.py").write_text(MODULE)
    (tmp_path / "outside_broken.py").write_text("raise RuntimeError('two\\nlines')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_outside", {})
    yield tmp_path
    for name in ("outside_things", "outside_broken"):
        sys.modules.pop(name, None)


def test_every_kind_has_names_and_an_origin_in_its_folder() -> None:
    for kind, about in registry.KINDS.items():
        assert registry.names(kind)
        for name in registry.names(kind):
            assert registry.NAME.fullmatch(name)
            assert registry.knows(kind, name)
            assert registry.origin(kind, name).startswith(f"built-in {about.package.replace('.', '/')}/")


def test_folders_count_where_they_hold_an_object(tmp_path: Path) -> None:
    assert "pi0" not in registry.names("policy")
    init = tmp_path / "__init__.py"
    for text, holds in (("POLICY = 1\n", True), ("POLICY: int = 1", True), ("from x import y", False)):
        init.write_text(text)
        assert registry._assigns(init, "POLICY") is holds


def test_references_are_known_by_the_name_of_their_object(outside: Path) -> None:
    assert not registry.knows("policy", "my-policy")
    assert registry.key("policy", "outside_things:POLICY") == "my-policy"
    assert registry.find("policy", "my-policy") is registry.find("policy", "outside_things:POLICY")
    assert registry.knows("policy", "my-policy")
    assert "my-policy" not in registry.names("policy")
    assert registry.origin("policy", "my-policy") == "outside_things:POLICY"
    assert registry.find("suite", "outside_things:SUITE").name == "my_suite"
    assert registry.key("suite", "fake") == "fake"
    exported = registry.exported()
    assert json.loads(exported[registry.OUTSIDE]) == [
        "policy my-policy outside_things:POLICY",
        "suite my_suite outside_things:SUITE",
    ]
    assert registry.packages() == ["outside_things"]
    before, registry._outside = registry._outside, {}
    registry.remember([*json.loads(exported[registry.OUTSIDE]), "suite mug /a b/mug.bddl"])
    assert registry._outside == before | {("suite", "mug"): "/a b/mug.bddl"}


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("outside_nowhere:POLICY", "cannot be imported (ModuleNotFoundError: No module named"),
        ("outside_broken:POLICY", "cannot be imported (RuntimeError: two lines)"),
        ("outside_things:NOTHING", "outside_things has no 'NOTHING'"),
        ("outside_things:POOR", "'outside_things:POOR' is no policy: it has no 'describe'; see harness.core"),
        ("outside_things:SUITE", "is no policy: it has no 'describe' (nor load)"),
        ("outside_things:Fake", "is a class; name an instance of it"),
        ("outside_things:", "is not of the form package.module:object"),
        ("C:/policies", "is not of the form package.module:object"),
        ("outside_things:BUILT_IN", "has the name 'pi0-small', which is another policy's; rename it"),
        ("outside_things:TWIN", "has the name 'my-policy', which is another policy's; rename it"),
        ("outside_things:ESCAPES", "has the name '../escapes'; names have letters"),
        ("outside_things:HIDDEN", "has the name '.hidden'; names have letters"),
        ("outside_things:UP", "has the name 'a..b'; names have letters"),
        ("moon", "unknown policy 'moon'; known: pi0-small, or package.module:object"),
    ],
)
def test_wrong_references_are_refused_in_one_line(outside: Path, reference: str, complaint: str) -> None:
    registry.find("policy", "outside_things:POLICY")
    with pytest.raises(UserError) as caught:
        registry.find("policy", reference)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_objects_within_objects(outside: Path) -> None:
    assert registry.find("policy", "outside_things:holder.POLICY").name == "my-policy"


class Distribution:
    """Stands for an installed distribution."""

    name, version = "my-package", "1.2"


def _entry(name: str, value: str) -> importlib.metadata.EntryPoint:
    entry = importlib.metadata.EntryPoint(name, value, "steering_benchmark.policies")
    vars(entry)["dist"] = Distribution()
    return entry


def test_entry_points(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        _entry("my-policy", "outside_things:POLICY"),
        _entry("other", "outside_things:POLICY"),
        _entry("gone", "outside_nowhere:POLICY"),
    ]
    registry._entry_points.cache_clear()
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    try:
        assert registry.names("policy") == ["fake", "fake-planar", "pi0-small", "gone", "my-policy", "other"]
        assert registry.find("policy", "my-policy").name == "my-policy"
        assert registry.origin("policy", "my-policy") == "my-package 1.2 (outside_things:POLICY)"
        assert registry.module_name("policy", "my-policy") == "outside_things"
        with pytest.raises(UserError, match="is called 'my-policy'; name both alike"):
            registry.find("policy", "other")
        with pytest.raises(UserError, match="'gone' cannot be imported"):
            registry.find("policy", "gone")
    finally:
        registry._entry_points.cache_clear()


def test_task_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: Path) -> None:
    with pytest.raises(UserError, match=r"no task file nowhere\.bddl; give the path"):
        registry.find("suite", "nowhere.bddl")
    file = tmp_path / "mug.bddl"
    file.write_text("(define (problem x))")

    class Reader:
        """Stands for `benchmarks.suites._task_file`."""

        @staticmethod
        def suite_from_file(path: Path) -> object:
            found = type(registry.find("suite", "fake"))(name=path.stem)
            return found

    monkeypatch.setitem(sys.modules, "benchmarks.suites._task_file", Reader)
    monkeypatch.chdir(tmp_path)
    assert registry.key("suite", "mug.bddl") == "mug"
    assert registry.origin("suite", "mug") == str(file)
    monkeypatch.chdir("/")
    assert registry.find("suite", "mug").name == "mug"


def test_variations_by_reference(outside: Path) -> None:
    tasks = registry.find("suite", "fake").tasks

    def settings(text: str) -> tuple[str, ...]:
        return variation_grammar.parse(text, tasks)[0]

    assert settings("outside_things:SHIFTED:3") == ("my-shift:3",)
    assert settings("outside_things:SHIFTED") == ("my-shift:2", "my-shift:4")
    assert settings("outside_things:SHIFTED:1-2,fake-shift:1") == ("my-shift:1", "my-shift:2", "fake-shift:1")
    assert settings("outside_things:SHIFTED:1+fake-shift:2") == ("my-shift:1+fake-shift:2",)
    assert settings("my-shift:1") == ("my-shift:1",)
    for text, complaint in (
        ("outside_things:SHIFTED:9", "no level '9' of my-shift; levels: 0 to 4"),
        ("fake-shift:high", "no level 'high' of fake-shift"),
        ("moon:2", "unknown variation 'moon'; known:"),
        ("moon:BLUE:2", "variation 'moon:BLUE' cannot be imported"),
    ):
        with pytest.raises(UserError) as caught:
            settings(text)
        assert complaint in str(caught.value)
