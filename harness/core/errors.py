"""Errors that a user can mend."""

from __future__ import annotations


class UserError(Exception):
    """Bad input: one line with the bad value, the valid ones and the remedy. Exit status 2, no traceback."""
