"""Libero_spatial with one change a task: camera, start pose, wording, noise and more (LIBERO-Plus)."""

from benchmarks.suites._libero_plus import plus_suite

SUITE = plus_suite("spatial", max_steps=220)
