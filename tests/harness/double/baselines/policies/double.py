"""The policy of `adaptation`."""
