"""Records of runs as DataFrames, with what they ran on; every file of a run directory is read here, once.

No statistics. Imports `harness.core` only.
"""
