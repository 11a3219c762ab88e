"""Ninety short tasks in twenty scenes of kitchens, living rooms and studies."""

from benchmarks.suites._libero import LiberoSuite

SUITE = LiberoSuite("libero_90", max_steps=400)
"""Step budget of openpi's examples/libero/main.py."""
