"""Compile tasks: LIBERO's and robosuite's as they are, and again with another robot or other objects.

The only room that knows robosuite's and LIBERO's classes; what it returns is a `Simulation`. Imports `sim`
and `assets`.
"""
