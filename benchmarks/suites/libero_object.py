"""Ten groceries: pick one, place it in the basket."""

from benchmarks.suites._libero import LiberoSuite

SUITE = LiberoSuite("libero_object", max_steps=280)
"""Step budget of openpi's examples/libero/main.py."""
