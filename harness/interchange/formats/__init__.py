"""One file a format of datasets: reads and writes it (`harness.core.protocols.DatasetFormat`).

Files that begin with `_` are shared by their neighbours. Imports `harness.core` only.
"""
