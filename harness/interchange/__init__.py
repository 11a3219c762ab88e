"""Demonstrations that other projects made or shall read: LeRobot datasets, HDF5 of LIBERO and robomimic.

`formats` has one file a format, found by name; beside it are what is checked in any of them, how they become
demonstrations of a study and how demonstrations become a dataset. Imports `harness.core` and
`harness.records`.
"""
