"""Libero_object with other goals in the same scenes (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("object", "task")
