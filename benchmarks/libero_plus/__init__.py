"""LIBERO-Plus (arXiv 2510.13626): what the names of its tasks mean, and what they do to an episode.

Its package is read, never imported. Imports `assets`, `sim` and `episode`.
"""
