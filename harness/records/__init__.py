"""What is written while a study runs: the run directory, its journals, demonstrations, films, provenance.

Imports `harness.core` and `harness.study`.
"""
