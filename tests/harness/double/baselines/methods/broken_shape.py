"""A policy that answers with too few numbers."""
