"""A policy that never answers."""
