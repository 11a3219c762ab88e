"""Demonstrations: expert episodes recorded with disturbed actions. Writes no files.

Imports `episode` and `sim`.
"""
