"""Images of a compiled task: OpenGL without a display, render profiles, decimated meshes.

Imports `benchmarks.assets`.
"""
