"""Ten goals in one scene."""

from benchmarks.suites._libero import LiberoSuite

SUITE = LiberoSuite("libero_goal", max_steps=300)
"""Step budget of openpi's examples/libero/main.py."""
