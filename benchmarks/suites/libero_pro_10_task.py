"""Libero_10 with other goals in the same scenes (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("10", "task")
