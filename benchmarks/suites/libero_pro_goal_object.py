"""Libero_goal with other objects in the same roles (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("goal", "object")
