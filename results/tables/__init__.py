"""Numbers by method, task, variation and phase: frames with what has to be said about them.

Each module makes the tables of one subject; `comparison` puts them together. How numbers are written belongs
to `results.render`. Imports `stats`, `records`, `published` and `harness.core`.
"""
