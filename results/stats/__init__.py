"""Intervals, tests and agreement. Imports `results.records`."""
