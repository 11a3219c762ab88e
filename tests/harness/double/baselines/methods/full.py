"""The full method."""
