"""Recording demonstrations of a scripted expert.

Imports `episode` and what lies below it.
"""
