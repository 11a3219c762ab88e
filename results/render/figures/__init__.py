"""Figures by matplotlib: the same drawing is part of a page (SVG) and a file (SVG, PDF, PNG).

`canvas` makes and writes figures, the other modules draw on them. Only matplotlib's object-oriented interface
is used: no global state, no display. Imports `tables`, `stats`, `records` and `harness.core`.
"""
