"""Readers of checkpoints, one file each: its name is the `model_type` of the config.json that it reads.

The module attribute FORMAT has `name` and `source(spec)`, which gives the `PolicySource` of a directory or
hub id.
"""
