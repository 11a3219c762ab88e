"""Intervals, tests, power, and agreement of selected heads: numbers in, numbers out.

Imports `records` (for types) and `harness.core`.
"""
