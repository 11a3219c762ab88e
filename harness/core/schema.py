"""How a setting is declared: one dataclass field that carries its help, its flag and its scope.

`harness.core.settings` declares all settings of a study so. Derived from a field, and written nowhere else:
its flag (`harness.core.command_line`), its place in study.json (`flat`), whether it is part of the identity
of a run directory (`identity`) or may grow there, whether episodes are compared only where it is the same
(`results.records.fingerprint`), whether speeds of an earlier run with another value say anything
(`harness.forecast.speeds`), and its words in the command that makes a run again
(`results.records.reproduce`). A new training setting is a field of `harness.core.settings.Adaptation` and
what reads it in `baselines`; nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

from harness.core.errors import UserError
from harness.core.formats import NUMBER, PATH, TEXT, Format, whole

RECORD_FORMAT = 2
"""Of study.json and the journals beside it; grows when an older reader would misunderstand them."""


class Scope(Enum):
    """What a setting is to a run directory."""

    IDENTITY = "identity"
    """All records of the directory share it."""
    GROWING = "growing"
    """A later command may change it: keys join old and new records."""
    FREE = "free"
    """Where something was found, or how work was done: it changes no record."""


@dataclass(frozen=True)
class Setting:
    """What a field says of itself beside its name, type and default."""

    help: str
    scope: Scope = Scope.IDENTITY
    flag: str | None = ""
    """Without dashes; empty: the field's name with dashes; None: found out, cannot be asked for."""
    key: str = ""
    """Name in study.json and in records; empty: the field's name."""
    format: Format | None = None
    """None: by the field's type."""
    compared: bool = False
    """Episodes are compared only where it is the same."""
    paces: bool = False
    """Speeds that were measured under another value say nothing."""
    negatable: bool = False
    """A switch that a preset may turn on: `--no-` turns it off."""
    default_text: str = ""
    """In place of the default in the help: what decides where the flag is not given."""
    required: bool = False
    positional: bool = False
    """Given without a flag; of a tuple there may be several."""


def setting(help: str, default: Any, **facts: Any) -> Any:
    """A dataclass field that is a setting; `facts` are further attributes of `Setting`."""
    return field(default=default, metadata={"setting": Setting(help, **facts)})


def found(help: str, default: Any, **facts: Any) -> Any:
    """A dataclass field without a flag: what the resolved study found out about what was asked for."""
    return setting(help, default, flag=None, **facts)


def described(one: Field[Any]) -> Setting:
    """What a field says of itself."""
    about: Setting = one.metadata["setting"]
    return about


def settings_of(kind: Any) -> Iterator[tuple[Field[Any], Setting]]:
    """The settings of a dataclass (or instance) in order, those of the dataclasses in it in their place."""
    for one in fields(kind):
        if "setting" in one.metadata:
            yield one, described(one)
        elif one.default_factory is not MISSING and is_dataclass(one.default_factory):
            yield from settings_of(one.default_factory)


def key_of(one: Field[Any]) -> str:
    """Name in study.json and in records."""
    return described(one).key or one.name


def flag_of(one: Field[Any]) -> str:
    """With its dashes; empty where the setting cannot be asked for."""
    name = described(one).flag
    return "" if name is None else f"--{name or one.name.replace('_', '-')}"


def flat(settings: Any) -> dict[str, Any]:
    """Key -> value of all settings of an instance: what study.json holds."""
    values: dict[str, Any] = {}
    for one in fields(settings):
        value = getattr(settings, one.name)
        if "setting" in one.metadata:
            values[key_of(one)] = value
        elif is_dataclass(value):
            values |= flat(value)
    return values


def keys(kind: Any, keep: Callable[[Setting], bool]) -> list[str]:
    """Keys of the settings of a dataclass that `keep` accepts."""
    return [key_of(one) for one, about in settings_of(kind) if keep(about)]


def merge(earlier: Mapping[str, Any], settings: Any) -> dict[str, Any]:
    """`flat(settings)` grown by what a run directory holds from earlier commands, `earlier`.

    Of growing lists earlier members come first, of growing numbers the larger one counts, and the last
    command's value where one of the two sets no bound.
    """
    merged = flat(settings)
    for key in keys(settings, lambda about: about.scope is Scope.GROWING):
        before, now = earlier.get(key), merged[key]
        if isinstance(now, (list, tuple)):
            merged[key] = [*(item for item in before or [] if item not in now), *now]
        elif isinstance(now, int) and isinstance(before, int):
            merged[key] = max(before, now)
    return merged


def format_of(one: Field[Any]) -> Format:
    """How the value of a field is written. Raises TypeError where neither field nor type says it."""
    if (own := described(one).format) is not None:
        return own
    by_type = {"str": TEXT, "Path": PATH, "int": whole(0), "float": NUMBER}
    kind = str(one.type).partition(" | ")[0]
    if kind not in by_type:
        raise TypeError(f"setting {one.name} of type {one.type} needs a format")
    return by_type[kind]


def parsed(text: str, form: Format, flag: str) -> Any:
    """The value of a flag. Raises UserError."""
    try:
        return form.read(text)
    except ValueError as error:
        raise UserError(f"{flag}: {error}") from None
