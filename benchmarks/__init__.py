"""What policies are evaluated on: suites, variations, scripted experts, simulation, assets.

Files here are commands and the public API; of `harness` only `harness.core` is imported.
"""
