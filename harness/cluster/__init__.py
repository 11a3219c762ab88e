"""Workers as Ray actors, on this machine or on a cluster: the only room that knows Ray.

Imports `core`, `study`, `records` and `engine`.
"""
