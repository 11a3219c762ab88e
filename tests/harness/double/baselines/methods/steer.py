"""The steer method."""
