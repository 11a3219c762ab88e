"""What methods name in a stream: single heads, and kinds of linear modules. Needs no torch."""

from __future__ import annotations

ATTENTION, FEED_FORWARD = "attention", "feed_forward"
"""Kinds of linear modules in a layer of a stream."""

Head = tuple[int, int]
"""Layer and index of a query head within one stream, both from 0."""
