"""Ten layouts of the same objects: which bowl is meant is said by where it stands."""

from benchmarks.suites._libero import LiberoSuite

SUITE = LiberoSuite("libero_spatial", max_steps=220)
"""Step budget of openpi's examples/libero/main.py."""
