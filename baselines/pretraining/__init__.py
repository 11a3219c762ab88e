"""Pretraining of the built-in policy from scratch, on one or several processes."""
