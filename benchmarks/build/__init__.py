"""Compile tasks: LIBERO's and robosuite's as they are, and again with another robot or other objects.

The only room that builds with robosuite and LIBERO, and that reads their untyped objects into typed data;
what it returns is a `Simulation`. Does not step or draw. Imports `sim` and `assets`.
"""
