"""How long a study will take, from earlier records and a run of the real scheduler on a simulated clock.

Imports `core`, `study`, `records` and `engine`.
"""
