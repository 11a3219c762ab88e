"""Libero_10 with other objects in the same roles (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("10", "object")
