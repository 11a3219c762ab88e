"""Making a base policy from scratch: its demonstrations. Knows suites by `harness.core.protocols` alone.

Imports `core` and `records`.
"""
