"""A policy that kills its process."""
