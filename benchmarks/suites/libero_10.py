"""Ten long tasks: two goals, or one that needs several motions."""

from benchmarks.suites._libero import LiberoSuite

SUITE = LiberoSuite("libero_10", max_steps=520)
"""Step budget of openpi's examples/libero/main.py."""
