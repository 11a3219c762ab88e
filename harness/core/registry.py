"""Find suites, variations, policies, methods and selectors by name, in the project and outside of it.

A name is one of
- a file of the kind's folder without `.py`, with dashes except for suites: `steer-attn` is `steer_attn.py`,
- an entry point of an installed distribution in the kind's group, such as `steering_benchmark.policies`,
- `package.module:object`, for anything that can be imported,
- for suites `path/to/task.bddl`, a LIBERO task file.

The last two are references: keys, file names and tables have the `name` of the object instead. It is known
as soon as the reference was found once in this process, and in workers (see `exported`).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import json
import os
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, overload

from typing_extensions import get_protocol_members

from harness.core import protocols
from harness.core.errors import UserError

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""What names are made of: they become parts of file names and keys. Two dots in a row are refused, too."""

OUTSIDE = "HARNESS_OUTSIDE"
"""Environment variable by which workers learn what was found by reference: a JSON list of `references`."""

POLICY_SIDE = "baselines.adaptation"
"""Module that has what `protocols.PolicySide` asks for."""
TASK_FILES = "benchmarks.suites._task_file"
"""Module that makes a suite of a LIBERO task file."""


@dataclass(frozen=True)
class Kind:
    """One kind of thing that has names."""

    package: str
    """Its folder; files starting with _ are helpers, folders count where `__init__.py` has the object."""
    attribute: str
    """Of each module: the object."""
    group: str
    """Of entry points."""
    protocol: type
    """What an object must have that comes from outside."""
    dashes: bool = True
    """Whether underscores of the file are dashes in the name."""

    def name(self, file: str) -> str:
        """Name of a file."""
        return file.replace("_", "-") if self.dashes else file

    def module(self, name: str) -> str:
        """Dotted name of the module of a built-in name."""
        return f"{self.package}.{name.replace('-', '_') if self.dashes else name}"


KINDS = {
    "suite": Kind("benchmarks.suites", "SUITE", "steering_benchmark.suites", protocols.Suite, dashes=False),
    "variation": Kind(
        "benchmarks.variations", "VARIATION", "steering_benchmark.variations", protocols.Variation
    ),
    "policy": Kind("baselines.policies", "POLICY", "steering_benchmark.policies", protocols.PolicySource),
    "checkpoint": Kind(
        "baselines.policies.formats", "FORMAT", "steering_benchmark.checkpoints", protocols.CheckpointFormat
    ),
    "format": Kind(
        "harness.interchange.formats", "FORMAT", "steering_benchmark.formats", protocols.DatasetFormat
    ),
    "method": Kind("baselines.methods", "METHOD", "steering_benchmark.methods", protocols.Method),
    "selector": Kind(
        "baselines.selection.selectors", "SELECTOR", "steering_benchmark.selectors", protocols.Selector
    ),
}


def names(kind: str) -> list[str]:
    """Known names of a kind, sorted: built-in, then entry points. Imports nothing but the package."""
    built_in = _built_in(kind)
    return [*built_in, *sorted(set(_entry_points(kind)) - set(built_in))]


def public_names(kind: str) -> list[str]:
    """Known names without the fakes, which are for tests and are found only when asked for."""
    return [name for name in names(kind) if not name.startswith("fake")]


def knows(kind: str, name: str) -> bool:
    """Whether `find` knows the name: one of `names`, or of an object that was found by reference."""
    return name in names(kind) or (kind, name) in _outside


@overload
def find(kind: Literal["suite"], name: str) -> protocols.Suite: ...
@overload
def find(kind: Literal["variation"], name: str) -> protocols.Variation: ...
@overload
def find(kind: Literal["policy"], name: str) -> protocols.PolicySource: ...
@overload
def find(kind: Literal["checkpoint"], name: str) -> protocols.CheckpointFormat: ...
@overload
def find(kind: Literal["format"], name: str) -> protocols.DatasetFormat: ...
@overload
def find(kind: str, name: str) -> Any: ...


def find(kind: str, name: str) -> Any:
    """The object called `name` or referred to by it.

    Raises UserError for an unknown name, and for a reference that cannot be imported or whose object is not
    of this kind.
    """
    about = KINDS[kind]
    if name in _built_in(kind):
        return getattr(importlib.import_module(about.module(name)), about.attribute)
    if reference := _outside.get((kind, name)):
        return _referred(kind, reference)
    if entry := _entry_points(kind).get(name):
        found = _checked(kind, _imported(kind, name, entry.load), f"entry point {_where(entry)}")
        if found.name != name:
            raise UserError(f"{kind} {name!r} of {_where(entry)} is called {found.name!r}; name both alike")
        return found
    if is_reference(kind, name):
        return _adopt(kind, name)
    known = ", ".join(public_names(kind))
    raise UserError(f"unknown {kind} {name!r}; known: {known}, or package.module:object")


def key(kind: str, name: str) -> str:
    """How `name` is written in keys, file names and tables; of a reference its object's. Raises UserError."""
    return str(find(kind, name).name) if is_reference(kind, name) else name


def is_reference(kind: str, name: str) -> bool:
    """Whether `name` says where the object is, instead of being known."""
    return ":" in name or (kind == "suite" and name.endswith(".bddl"))


def kinds_of(name: str) -> list[str]:
    """Kinds that know a name, or whose protocol the object of a reference fits. Raises UserError for none."""
    if ":" in name:
        found = _object("object", name)
        fitting = [kind for kind in KINDS if not _missing(kind, found)]
        if not fitting:
            raise UserError(f"{name!r} is none of {', '.join(KINDS)}; give --kind to be told what is missing")
        return fitting
    known = [kind for kind in KINDS if knows(kind, name) or is_reference(kind, name)]
    if not known:
        raise UserError(
            f"nothing is called {name!r}; see python -m harness.list, or give package.module:object"
        )
    return known


def origin(kind: str, name: str) -> str:
    """Where `name` comes from: file, distribution and version, or reference. Raises UserError."""
    about = KINDS[kind]
    if name in _built_in(kind):
        return f"built-in {about.module(name).replace('.', '/')}"
    if entry := _entry_points(kind).get(name):
        return _where(entry)
    return _outside.get((kind, name)) or _outside[(kind, key(kind, name))]


def module_name(kind: str, name: str) -> str:
    """Dotted name of the module that defines a known name."""
    entry = None if name in _built_in(kind) else _entry_points(kind).get(name)
    return entry.module if entry else KINDS[kind].module(name)


def exported() -> dict[str, str]:
    """Environment variables by which another process knows what was found by reference in this one."""
    return {OUTSIDE: json.dumps(references())} if _outside else {}


def references() -> tuple[str, ...]:
    """What was found by reference in this process: `kind name reference` each."""
    return tuple(f"{kind} {name} {reference}" for (kind, name), reference in _outside.items())


def packages() -> list[str]:
    """Top-level packages that were named by references, sorted."""
    found = (reference for reference in _outside.values() if not reference.endswith(".bddl"))
    return sorted({reference.partition(":")[0].partition(".")[0] for reference in found})


def remember(found: Iterable[str]) -> None:
    """Know what another process found: `references` of that one."""
    for line in found:
        kind, name, reference = line.split(" ", 2)
        _outside[kind, name] = reference


def policy_side() -> protocols.PolicySide:
    """What adapts and restores policies: the engine depends on none of them statically."""
    found: Any = importlib.import_module(POLICY_SIDE)
    side: protocols.PolicySide = found
    return side


_outside: dict[tuple[str, str], str] = {}
"""(kind, name) -> reference of what was found by reference."""

remember(json.loads(os.environ.get(OUTSIDE, "[]")))


@cache
def _built_in(kind: str) -> tuple[str, ...]:
    about = KINDS[kind]
    package = importlib.import_module(about.package)
    modules = [module for module in pkgutil.iter_modules(package.__path__) if module.name[0] != "_"]
    folder = Path(package.__path__[0])
    return tuple(
        sorted(
            about.name(module.name)
            for module in modules
            if not module.ispkg or _assigns(folder / module.name / "__init__.py", about.attribute)
        )
    )


def _assigns(file: Path, attribute: str) -> bool:
    """Whether a folder of the kind's package is an object of it: read, not imported."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return re.search(rf"^{attribute}\b\s*[:=]", text, re.MULTILINE) is not None


@cache
def _entry_points(kind: str) -> dict[str, importlib.metadata.EntryPoint]:
    return {entry.name: entry for entry in importlib.metadata.entry_points(group=KINDS[kind].group)}


def _where(entry: importlib.metadata.EntryPoint) -> str:
    """Distribution, version and object of an entry point."""
    source = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown distribution"
    return f"{source} ({entry.value})"


def _adopt(kind: str, reference: str) -> Any:
    """The object of a reference, from now on known by its own name. Raises UserError."""
    found = _referred(kind, reference)
    own = found.name
    if not isinstance(own, str) or not NAME.fullmatch(own) or ".." in own:
        raise UserError(
            f"{kind} {reference!r} has the name {own!r}; names have letters, digits, '.', '_' and '-', do "
            "not start with a dot and have no '..'"
        )
    absolute = str(Path(reference).resolve()) if reference.endswith(".bddl") else reference
    taken = own in names(kind) or _outside.get((kind, own), absolute) != absolute
    if taken:
        raise UserError(f"{kind} {reference!r} has the name {own!r}, which is another {kind}'s; rename it")
    _outside[kind, own] = absolute
    return found


def _referred(kind: str, reference: str) -> Any:
    if kind == "suite" and reference.endswith(".bddl"):
        if not Path(reference).is_file():
            raise UserError(f"no task file {reference}; give the path of a .bddl file, or a name of a suite")
        return importlib.import_module(TASK_FILES).suite_from_file(Path(reference))
    return _checked(kind, _object(kind, reference), reference)


def _object(kind: str, reference: str) -> Any:
    """What `package.module:object` names. Raises UserError."""
    path, _, attribute = reference.partition(":")
    if not path or not attribute or not f"{path}.{attribute}".replace(".", "_").isidentifier():
        raise UserError(f"{kind} {reference!r} is not of the form package.module:object")
    found = _imported(kind, reference, lambda: importlib.import_module(path))
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UserError(f"{kind} {reference!r}: {getattr(found, '__name__', path)} has no {part!r}")
        found = getattr(found, part)
    return found


def _imported(kind: str, name: str, load: Callable[[], Any]) -> Any:
    """What `load` imports; whatever a module of somebody else raises is bad input."""
    try:
        return load()
    except UserError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        raise UserError(
            f"{kind} {name!r} cannot be imported ({type(error).__name__}: {text}); modules are looked for in "
            "the folder of the command, in PYTHONPATH and among installed packages"
        ) from None


def _checked(kind: str, found: Any, where: str) -> Any:
    """`found` where it is an object of the kind. Raises UserError."""
    if isinstance(found, type):
        raise UserError(f"{kind} {where!r} is a class; name an instance of it")
    if missing := _missing(kind, found):
        raise UserError(
            f"{where!r} is no {kind}: it has no {missing[0]!r}"
            + (f" (nor {', '.join(missing[1:])})" if missing[1:] else "")
            + f"; see harness.core.protocols.{KINDS[kind].protocol.__name__}"
        )
    return found


def _missing(kind: str, found: object) -> list[str]:
    """What the kind's protocol has and `found` has not."""
    return sorted(name for name in get_protocol_members(KINDS[kind].protocol) if not _has(found, name))


def _has(found: object, name: str) -> bool:
    """Whether there is such an attribute; properties are not evaluated."""
    try:
        inspect.getattr_static(found, name)
    except AttributeError:
        return False
    return True
