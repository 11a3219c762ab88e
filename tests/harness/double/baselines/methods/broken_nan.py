"""A policy that answers with what is not a number."""
