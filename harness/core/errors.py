"""Errors that a user can mend."""

from __future__ import annotations


class UserError(Exception):
    """Bad input: one line with the bad value, the valid ones and the remedy. Exit status 2, no traceback."""


class DamagedFileError(UserError):
    """A file that this program wrote is gone, damaged or another one than was written.

    It ends the study, with nothing recorded that used it; a study looks at its files before it begins.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Which file, and what is wrong with it."""

    def __str__(self) -> str:
        return f"{self.reason}; the same command makes it again"
