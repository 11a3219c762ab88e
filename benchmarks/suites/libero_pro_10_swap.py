"""Libero_10 with two things on each other's places (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("10", "swap")
