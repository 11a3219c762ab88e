"""A compiled task on MuJoCo: stepping, control, goals and state. Knows no files of LIBERO and draws nothing.

Imports `benchmarks.assets`.
"""
