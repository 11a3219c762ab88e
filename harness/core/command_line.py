"""Command lines from dataclasses of `harness.core.schema` settings, read by tyro.

Complaints are one line, like every other complaint about input: unknown flags, missing ones and bad values
raise `UserError`.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import Field, fields, replace
from itertools import pairwise
from typing import Annotated, Any, TypeVar

from harness import __version__
from harness.core.errors import UserError
from harness.core.schema import Setting, described, flag_of, format_of, parsed, settings_of
from harness.core.terminal import one_line

MAX_DEFAULT_WORKERS = 8
"""Every worker holds a simulator and a policy, about 0.7 GB: more are started only when asked for."""

MOST_WORKERS = 10_000
"""More than any cluster on which a study was thought of."""

T = TypeVar("T")


BAD_INPUT = 2
"""Exit status of every command for what its user can mend."""


def command(main: Callable[[Sequence[str] | None], int]) -> Callable[..., int]:
    """`main` of a command, of words to an exit status: what its user can mend is one line and status 2.

    That is a UserError, and a file that the system would not let it read or write.
    """

    @functools.wraps(main)
    def answered(argv: Sequence[str] | None = None) -> int:
        try:
            return main(argv)
        except UserError as error:
            return complain(error)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as error:
            if error.filename is None:
                raise
            return complain(UserError(f"{error.filename}: {error.strerror}; give another path, or make room"))

    return answered


def complain(error: UserError) -> int:
    """Print one line about bad input; returns the exit status."""
    print(one_line(str(error)), file=sys.stderr)
    return BAD_INPUT


def default_workers() -> int:
    """One worker a usable CPU, up to a cap."""
    return min(len(os.sched_getaffinity(0)), MAX_DEFAULT_WORKERS)


def parse(defaults: T, argv: Sequence[str] | None, *, prog: str, description: str) -> T:
    """`defaults`, a dataclass of settings, with what the command line asks for in their place.

    Without `argv` the words are those that this process was called with. A field that is itself such a
    dataclass is a group of flags in the help. Raises UserError, and SystemExit(0) after --help and --version.
    """
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) == ["--version"]:
        print(f"steering-benchmark {__version__}")
        raise SystemExit(0)
    import tyro

    registry = tyro.constructors.ConstructorRegistry()
    registry.struct_rule(_declared)
    more = f"see python -m {prog} --help"
    try:
        options, unknown = tyro.cli(
            type(defaults),
            default=defaults,
            args=list(argv),
            prog=prog,
            description=description,
            registry=registry,
            return_unknown_args=True,
            config=(tyro.conf.OmitArgPrefixes,),
            console_outputs=not _lacking(defaults, argv),
        )
    except SystemExit as left:
        if not left.code:
            raise
        raise UserError(f"{_lacking(defaults, argv) or 'a flag'} needs a value; {more}") from None
    if unknown:
        raise UserError(f"unrecognized arguments: {' '.join(unknown)}; {more}")
    if missing := list(_missing(options)):
        raise UserError(f"the following arguments are required: {', '.join(missing)}; {more}")
    return options


def _missing(options: Any) -> list[str]:
    """Names of what must be given and was not."""
    found: list[str] = []
    for one in fields(options):
        value = getattr(options, one.name)
        if "setting" not in one.metadata:
            found += _missing(value)
        elif described(one).required and value in ("", (), None):
            found.append(format_of(one).metavar if described(one).positional else flag_of(one))
    return found


def _lacking(defaults: object, argv: Sequence[str]) -> str:
    """The first flag that is followed by another one where its value should be; empty where none is."""
    valued = {flag_of(one) for one, _ in settings_of(defaults) if one.type != "bool"}
    return next((flag for flag, after in pairwise([*argv, "--"]) if flag in valued and after[:2] == "--"), "")


def _declared(info: Any) -> Any:
    """Tyro's rule for dataclasses of settings."""
    from tyro.constructors import StructConstructorSpec, StructFieldSpec

    default = info.default
    if not any("setting" in one.metadata for one in getattr(info.type, "__dataclass_fields__", {}).values()):
        return None

    def build(**given: Any) -> Any:
        return replace(default, **given)

    build.__doc__ = info.type.__doc__  # above its flags in the help
    asked = []
    for one in fields(info.type):
        value = getattr(default, one.name)
        if "setting" not in one.metadata:
            asked.append(StructFieldSpec(one.name, type(value), value))
        elif flag_of(one):
            about = described(one)
            asked.append(StructFieldSpec(one.name, _annotated(one, about, value), value, helptext=about.help))
    return StructConstructorSpec(instantiate=build, fields=tuple(asked))


def _annotated(one: Field[Any], about: Setting, default: Any) -> Any:
    """The type of a field, and how tyro reads and shows it."""
    import tyro

    name = flag_of(one).removeprefix("--")
    if one.type == "bool":
        switch = tyro.conf.arg(name=name, help_behavior_hint="")
        one_way = () if about.negatable else (tyro.conf.FlagCreatePairsOff,)
        return Annotated[(bool, switch, *one_way)]
    form, many = format_of(one), about.positional and str(one.type).startswith("tuple")
    shown = one.name if about.positional else flag_of(one)

    def read(words: list[str]) -> Any:
        if many:
            return tuple(parsed(word, form, shown) for word in words)
        return parsed(words[0], form, shown)

    spec = tyro.constructors.PrimitiveConstructorSpec[Any](
        nargs="*" if many else 1,
        metavar=form.metavar,
        instance_from_str=read,
        is_instance=lambda value: True,
        str_from_instance=lambda value: [] if many else [str(value)],
    )
    hint = about.default_text
    if not hint:
        hint = "" if default in (None, (), "") else f"({form.write(default)})"
    argument = tyro.conf.arg(name=name, metavar=form.metavar, help_behavior_hint=hint)
    place = (tyro.conf.Positional,) if about.positional else ()
    return Annotated[(Any, spec, argument, *place)]
