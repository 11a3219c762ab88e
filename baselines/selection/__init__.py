"""Which attention heads a method adapts: activations, selectors and their scores."""
