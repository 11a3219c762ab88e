"""One field of a dataclass is a flag, part of the identity, of study.json and of the command to reproduce."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass

import pytest

from harness.core.command_line import parse
from harness.core.errors import UserError
from harness.core.formats import choice, rate
from harness.core.ids import IDS
from harness.core.records import ADAPTATION_COLUMNS, COMPARED, EPISODE_COLUMNS, EpisodeRow, checks
from harness.core.schema import Scope, flag_of, flat, found, keys, merge, setting, settings_of
from harness.core.settings import Adaptation, Settings
from results.records.reproduce import words


@dataclass(frozen=True)
class Part:
    """Some settings."""

    size: int = setting("how large", 3, compared=True)
    kinds: tuple[int, ...] = setting("which", (), flag="kind", format=IDS, scope=Scope.GROWING)
    mode: str = setting("how", "slow", format=choice("slow", "fast"), paces=True)
    loud: bool = setting("say more", False, negatable=True)
    share: float | None = setting("of all", None, format=rate(), scope=Scope.FREE)
    digest: str = found("of it", "")


@dataclass(frozen=True)
class Whole:
    """All settings."""

    part: Part = field(default_factory=Part)
    name: str = setting("what", "", required=True)


def read(*flags: str, defaults: Whole | None = None) -> Whole:
    return parse(defaults or Whole(), flags, prog="some.command", description="Does something.")


def test_flags_come_from_fields() -> None:
    asked = read("--name", "a", "--size=5", "--kind", "0-2,4", "--mode", "fast", "--loud", "--share=0.5")
    assert asked == Whole(Part(5, (0, 1, 2, 4), "fast", True, 0.5), "a")
    assert read("--name=a", "--no-loud", defaults=Whole(Part(loud=True))).part.loud is False
    assert read("--name=a", defaults=Whole(Part(size=9, digest="x"))).part == Part(size=9, digest="x")


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--size=5"], "required: --name; see python -m some.command --help"),
        (["--name", "a", "--digest", "x"], "unrecognized arguments: --digest x"),
        (["--name", "a", "--mode", "quick"], "--mode: 'quick' is none of slow, fast"),
        (["--name", "a", "--share", "2"], "--share: '2' is not a rate from 0 to 1"),
        (["--name", "--loud"], "--name needs a value"),
    ],
)
def test_complaints_name_flag_value_and_remedy(flags: list[str], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        read(*flags)


def test_help_shows_groups_flags_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        read("--help")
    assert left.value.code == 0
    text = capsys.readouterr().out
    for words_ in ("part options", "Some settings.", "--size N", "how large (3)", "--no-loud", "--name"):
        assert words_ in text
    assert "--digest" not in text


def test_scopes_decide_identity_and_growth() -> None:
    assert keys(Whole, lambda about: about.scope is Scope.IDENTITY) == [
        *("size", "mode", "loud", "digest"),
        "name",
    ]
    before = flat(Whole(Part(kinds=(4, 1)), "a"))
    assert merge(before, Whole(Part(kinds=(0, 1)), "a"))["kinds"] == [4, 0, 1]


def test_a_new_training_setting_is_one_field() -> None:
    kind = make_dataclass(
        "Grown",
        [("dropout", "float", setting("share of activations left out", 0.0, format=rate()))],
        bases=(Adaptation,),
        frozen=True,
    )
    asked = parse(kind(), ["--method=lora", "--dropout=0.1"], prog="p", description="")
    assert flat(asked)["dropout"] == 0.1, "in study.json"
    assert "dropout" in keys(kind, lambda about: about.scope is Scope.IDENTITY), "in what a run is"
    assert "--dropout 0.1" in " ".join(words(kind, flat(asked))), "in the command to reproduce"


def test_no_setting_is_declared_twice_or_without_help() -> None:
    names = keys(Settings, lambda about: True)
    assert len(names) == len(set(names))
    flags = [flag_of(one) for one, _ in settings_of(Settings) if flag_of(one)]
    assert len(flags) == len(set(flags))
    assert all(about.help for _, about in settings_of(Settings))


def test_columns_are_declared_once_and_typed() -> None:
    for names in (EPISODE_COLUMNS, ADAPTATION_COLUMNS):
        assert len(names) == len(set(names))
    assert set(COMPARED) <= set(EPISODE_COLUMNS)
    kinds = {name: check.kinds for name, check in checks(EpisodeRow).items()}
    assert kinds["task_id"] == (int,)
    assert type(None) in kinds["wall_s"]
    assert kinds["method"] == (str,)
