"""One episode of a task: the environment, and its variations applied, checked and undone.

Does not know suites; variations are found by name. Imports `build`, `sim` and `render`.
"""
