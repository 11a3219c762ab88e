"""Images of a compiled task: OpenGL without a display, render profiles, decimated meshes, what stands still.

Knows models and data of MuJoCo only, no tasks. Imports nothing of the other rooms.
"""
