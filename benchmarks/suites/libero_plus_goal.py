"""Libero_goal with one change a task: camera, start pose, wording, noise and more (LIBERO-Plus)."""

from benchmarks.suites._libero_plus import plus_suite

SUITE = plus_suite("goal", max_steps=300)
