"""Task suites, one file each; the module attribute SUITE is the suite. Files starting with _ are helpers.

A suite says which tasks there are and where their files are; it builds, records and draws nothing itself.
Imports every other room but `perf`, lazily: listing suites needs no simulator.
"""
