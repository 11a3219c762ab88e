"""Controlled changes of episodes. One file each, found by name; files with a leading underscore are helpers.

Here belongs what a variation changes and by how much at each level; not how a change is applied, checked and
taken back (benchmarks.episode) nor how a model is compiled again (benchmarks.build). May import
benchmarks.episode, benchmarks.build, benchmarks.sim and harness.core.
"""
