"""Libero_spatial with the instructions in other words (LIBERO-PRO)."""

from benchmarks.suites._libero_pro import pro_suite

SUITE = pro_suite("spatial", "lan")
