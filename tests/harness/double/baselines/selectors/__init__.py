"""Found by name; never imported."""
