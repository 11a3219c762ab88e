"""LIBERO's meshes and textures: where they are, whether they are whole, and how LIBERO is told.

Imports `harness.core` only; nothing here reads a task file or compiles a model.
"""
