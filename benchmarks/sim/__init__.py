"""A compiled task on MuJoCo as plain data: stepping, control, goals, placement, state and inverse kinematics.

Does not read task files, build models or draw. Imports `assets`.
"""
