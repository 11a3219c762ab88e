"""What an implementation of a protocol must do beyond having its attributes: named checks, run one by one.

A check is a function of one subject. It raises ContractError where the subject breaks the contract; the first
line of its docstring is the rule that it checks. `python -m harness.check` runs them on things from outside,
the project's own tests on everything that has a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.core.errors import UserError

Subject = TypeVar("Subject")
Check = Callable[[Subject], None]


class ContractError(Exception):
    """A rule is broken; says by what, in one line."""


@dataclass(frozen=True)
class Contract(Generic[Subject]):
    """The rules of one kind of thing, cheap ones first."""

    checks: Sequence[Check[Subject]]

    def verify(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Each rule, with what broke it; empty where it holds. Whatever a check raises breaks its rule."""
        for check in self.checks:
            yield rule(check), broken_by(check, subject)


def rule(check: Check[Subject]) -> str:
    """The rule that a check checks."""
    return (check.__doc__ or check.__name__).partition("\n")[0].rstrip(".")


def broken_by(check: Check[Subject], subject: Subject) -> str:
    """Why the subject breaks a rule; empty where it does not. Raises UserError where it cannot be tried."""
    try:
        check(subject)
    except UserError:
        raise
    except ContractError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return ""


def require(holds: bool, complaint: str) -> None:
    """Raise ContractError with `complaint` where it does not hold."""
    if not holds:
        raise ContractError(complaint)
