"""An adaptation that needs more memory than there is."""
