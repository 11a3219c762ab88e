"""What people see on a terminal while a study runs, and after it.

Imports `core`, `study`, `records`, `engine` and `forecast`.
"""
