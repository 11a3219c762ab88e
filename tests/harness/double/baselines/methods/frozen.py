"""The frozen method."""
