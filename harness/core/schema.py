"""What records and settings look like."""

from __future__ import annotations

RECORD_FORMAT = 1
"""Of study.json and the journals beside it; grows when an older reader would misunderstand them."""
