"""Records of runs as DataFrames, with what they ran on.

Imports `harness.core` only.
"""
