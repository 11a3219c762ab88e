"""Stands in for the package of the same name in runs of the engine alone."""
