"""What is asked for: options, presets and the resolved study with the keys that follow from it.

Nothing here computes or writes. Imports `harness.core` only.
"""
